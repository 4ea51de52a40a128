// deltapost replay: rebuilds records from raw receipts, into the same store or an empty one.
#include "intake/replay.hpp"

#include <fmt/format.h>

#include "app/commands.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::app {
namespace {

struct Options {
  std::string store = "deltapost.db", into;
};

void print(const intake::ReplayReport& report, bool elsewhere) {
  for (const std::string& difference : report.differences) fmt::print("{}\n", difference);
  fmt::print("{} receipts, {} processed again: {}\n", report.receipts, report.processed,
             elsewhere ? fmt::format("{} changes made, {} verdicts differ", report.changes, report.differing)
             : report.changes == 0 ? "nothing changed"
                                   : fmt::format("{} changes made", report.changes));
}

int replay(const Options& options) {
  auto from = store::SqliteStore::open({.path = options.store, .create_if_missing = false});
  if (!from) return fail(from.error().message);
  std::unique_ptr<store::SqliteStore> other;
  if (!options.into.empty()) {
    auto opened = store::SqliteStore::open({.path = options.into});
    if (!opened) return fail(opened.error().message);
    other = *std::move(opened);
  }
  const SystemClock clock;
  store::GroupCommitter committer(other ? *other : **from, clock);
  committer.start();
  auto report = other ? intake::replay_into(**from, *other, committer) : intake::replay(**from, committer);
  committer.stop();
  if (!report) return fail(report.error().message);
  print(*report, other != nullptr);
  return 0;
}

}  // namespace

void add_replay(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand(
      "replay",
      "rebuild records from raw receipts, into the same store or an empty one; with the server stopped");
  auto options = std::make_shared<Options>();
  command->add_option("--store", options->store, "the store with the receipts (default deltapost.db)")
      ->envname("DELTAPOST_STORE");
  command->add_option("--into", options->into, "a new file to rebuild into (default: the same store)");
  command->callback([options, &run] { run = [options] { return replay(*options); }; });
}

}  // namespace deltapost::app
