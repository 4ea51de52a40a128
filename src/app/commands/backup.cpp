// deltapost backup, deltapost restore: a copy of the store's file, made while the server works, and its way
// back.
#include "store/sqlite/backup.hpp"

#include <fmt/format.h>

#include "app/commands.hpp"

namespace deltapost::app {
namespace {

void tell(const store::CopyOptions& options, const store::CopyReport& report) {
  fmt::print("{}: {} bytes, {} changes; ", options.to, report.bytes, report.changes);
  if (report.verified)
    fmt::print("verified: {} records, every one the fold of its changes\n", report.verified->records);
  else
    fmt::print("not verified\n");
}

int back_up(const store::CopyOptions& options) {
  auto report = store::copy_store(options);
  if (!report) return fail(report.error().message);
  tell(options, *report);
  fmt::print(
      "The master key is not in it ({}.key, or DELTAPOST_MASTER_KEY): keep it elsewhere; without it the "
      "secrets in the backup cannot be opened.\n",
      options.from);
  return 0;
}

int restore(const store::CopyOptions& options) {
  auto report = store::copy_store(options);
  if (!report) return fail(report.error().message);
  tell(options, *report);
  fmt::print(
      "It needs the master key of the store that was backed up ({}.key, or DELTAPOST_MASTER_KEY). Once "
      "served, it sends again what was delivered after the backup, with the same event ids.\n",
      options.to);
  return 0;
}

void add_no_verify(CLI::App& command, store::CopyOptions& options) {
  command.add_flag_callback(
      "--no-verify", [&options] { options.verify = false; },
      "do not open the copy and check that its history adds up");
}

}  // namespace

void add_backup(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand(
      "backup", "copy the store into one file as of now, beside the server that works on it");
  auto options = std::make_shared<store::CopyOptions>();
  options->from = "deltapost.db";
  command->add_option("--store", options->from, "the store's file (default deltapost.db)")
      ->envname("DELTAPOST_STORE");
  command->add_option("--to", options->to, "the file to make")->required();
  command->add_flag("--force", options->replace, "replace a file that is there already");
  add_no_verify(*command, *options);
  command->callback([options, &run] { run = [options] { return back_up(*options); }; });
}

void add_restore(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("restore", "make a store out of a backup, where none is yet");
  auto options = std::make_shared<store::CopyOptions>();
  options->to = "deltapost.db";
  command->add_option("--from", options->from, "the backup")->required();
  command->add_option("--store", options->to, "the store's file to make (default deltapost.db)")
      ->envname("DELTAPOST_STORE");
  add_no_verify(*command, *options);
  command->callback([options, &run] { run = [options] { return restore(*options); }; });
}

}  // namespace deltapost::app
