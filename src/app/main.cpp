#include <csignal>
#include <system_error>

#include "app/commands.hpp"

int main(int argc, char** argv) {
  using namespace deltapost::app;
  std::signal(SIGPIPE, SIG_IGN);  // a peer that has gone is told by the write's result
  CLI::App app{
      "Deltapost remembers every lead and contact, turns each change into an exact old -> new event,\n"
      "and posts it to everyone who must know: signed, retried, in order per record."};
  app.name("deltapost");
  app.set_version_flag("--version", "deltapost " DP_VERSION);
  Run run;
  for (auto* add :
       {add_serve, add_demo, add_listen, add_resources, add_send, add_transfer, add_erase, add_replay,
        add_observe, add_verify, add_migrate, add_backup, add_restore, add_bench, add_routes})
    add(app, run);
  expect_subcommand(app);
  CLI11_PARSE(app, argc, argv);
  try {
    return run();
  } catch (const std::system_error& error) {
    // Whoever read our output has gone (`deltapost export | head`): not worth a word.
    if (error.code() == std::errc::broken_pipe) return 1;
    return fail(error.what());
  }
}
