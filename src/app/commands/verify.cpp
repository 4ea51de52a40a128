// deltapost verify: proves for the whole store that history adds up.
#include "store/verify.hpp"

#include <fmt/format.h>

#include "app/commands.hpp"
#include "intake/replay.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::app {
namespace {

constexpr std::size_t kMaxListed = 100;

/// Whether two stores hold the same leads and contacts.
int compare(store::Store& store, const std::string& path) {
  auto other = store::SqliteStore::open({.path = path, .create_if_missing = false});
  if (!other) return fail(other.error().message);
  auto differences = intake::differing_records(store, **other, kMaxListed);
  if (!differences) return fail(differences.error().message);
  for (const std::string& difference : *differences) fmt::print("{}\n", difference);
  fmt::print("{}\n", differences->empty() ? "both stores hold the same leads and contacts"
                                          : "the stores do not hold the same leads and contacts");
  return differences->empty() ? 0 : 1;
}

int verify_store(const std::string& path, const std::string& same_as) {
  auto store = store::SqliteStore::open({.path = path, .create_if_missing = false});
  if (!store) return fail(store.error().message);
  auto report = store::verify(**store);
  if (!report) return fail(report.error().message);
  for (const std::string& problem : report->problems) fmt::print("{}\n", problem);
  fmt::print("{} records, {} changes, {} snapshots, {} unique values: {}\n", report->records, report->changes,
             report->snapshots, report->unique_values,
             report->sound() ? "every record is the fold of its changes"
                             : fmt::format("{} problems", report->problem_count));
  if (!report->sound()) return 1;
  return same_as.empty() ? 0 : compare(**store, same_as);
}

}  // namespace

void add_verify(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand(
      "verify", "check that every record is the fold of its changes; with the server stopped");
  auto path = std::make_shared<std::string>("deltapost.db");
  command->add_option("--store", *path, "the store's file (default deltapost.db)")
      ->envname("DELTAPOST_STORE");
  auto same_as = std::make_shared<std::string>();
  command->add_option(
      "--same-as", *same_as,
      "another store, as `replay --into` makes it, that must hold the same leads and contacts");
  command->callback([path, same_as, &run] { run = [=] { return verify_store(*path, *same_as); }; });
}

}  // namespace deltapost::app
