// deltapost migrate: brings a store's schema up to date, as the server does at its start, and tells how far
// it is.
#include <fmt/format.h>

#include "app/commands.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::app {
namespace {

int migrate(const std::string& path) {
  auto store = store::SqliteStore::open({.path = path, .create_if_missing = false});
  if (!store) return fail(store.error().message);
  fmt::print("{} is at schema version {}, the newest this program knows\n", path,
             store::SqliteStore::schema_version());
  return 0;
}

}  // namespace

void add_migrate(CLI::App& app, Run& run) {
  auto* command =
      app.add_subcommand("migrate", "bring a store's schema up to date (the server does so, too)");
  auto path = std::make_shared<std::string>("deltapost.db");
  command->add_option("--store", *path, "the store's file (default deltapost.db)")
      ->envname("DELTAPOST_STORE");
  command->callback([path, &run] { run = [path] { return migrate(*path); }; });
}

}  // namespace deltapost::app
