// deltapost verify: proves for the whole store that history adds up.
#include "store/verify.hpp"

#include <fmt/format.h>

#include "app/commands.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::app {
namespace {

int verify_store(const std::string& path) {
  auto store = store::SqliteStore::open({.path = path, .create_if_missing = false});
  if (!store) return fail(store.error().message);
  auto report = store::verify(**store);
  if (!report) return fail(report.error().message);
  for (const std::string& problem : report->problems) fmt::print("{}\n", problem);
  fmt::print("{} records, {} changes, {} snapshots, {} unique values: {}\n", report->records, report->changes,
             report->snapshots, report->unique_values,
             report->sound() ? "every record is the fold of its changes"
                             : fmt::format("{} problems", report->problem_count));
  return report->sound() ? 0 : 1;
}

}  // namespace

void add_verify(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand(
      "verify", "check that every record is the fold of its changes; with the server stopped");
  auto path = std::make_shared<std::string>("deltapost.db");
  command->add_option("--store", *path, "the store's file (default deltapost.db)")
      ->envname("DELTAPOST_STORE");
  command->callback([path, &run] { run = [path] { return verify_store(*path); }; });
}

}  // namespace deltapost::app
