// deltapost listen: a receiver for development. It verifies each webhook, says what it tells, and answers.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/commands.hpp"
#include "app/pretty.hpp"
#include "app/receiver.hpp"
#include "app/signals.hpp"

namespace deltapost::app {
namespace {

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 9000;
  std::vector<std::string> secrets;
  int status = 200;
  std::string forward;
  bool bodies = false;
};

void print(const Arrival& arrival, bool bodies) {
  const Story story = tell(arrival, "    ");
  const std::string trust = arrival.unverified.empty()
                                ? fmt::format("verified ({})", fmt::join(arrival.verified, ", "))
                                : "NOT VERIFIED: " + arrival.unverified;
  const std::string forwarded = arrival.forwarded.empty() ? "" : "  forwarded: " + arrival.forwarded;
  fmt::print("{}  {}  {}  {}{}\n{}", iso_millis(arrival.at), story.event, story.record, trust, forwarded,
             story.details);
  if (bodies) fmt::print("{}\n", arrival.body.is_null() ? arrival.raw : pretty(arrival.body));
  std::fflush(stdout);
}

int listen(const Options& options) {
  if (options.status < 200 || options.status > 599) return fail("--status must be from 200 to 599");
  const StopSignal stop;
  Receiver receiver({.address = options.address,
                     .port = options.port,
                     .status = options.status,
                     .forward = options.forward},
                    [&](const Arrival& arrival) { print(arrival, options.bodies); });
  for (const std::string& secret : options.secrets) receiver.trust(secret);
  if (auto started = receiver.start(); !started) return fail(started.error().message);
  fmt::print("listening on http://{}:{}/ and {}; Ctrl-C ends it\n", options.address, receiver.port(),
             options.forward.empty() ? fmt::format("answering {}", options.status)
                                     : "forwarding to " + options.forward);
  std::fflush(stdout);
  stop.wait();
  return 0;
}

}  // namespace

void add_listen(CLI::App& app, Run& run) {
  auto* command =
      app.add_subcommand("listen", "a local receiver that verifies webhooks and prints what they say");
  auto options = std::make_shared<Options>();
  command->add_option("--address", options->address, "address to listen on (default 127.0.0.1)");
  command->add_option("--port", options->port, "port to listen on (default 9000; 0 takes a free one)");
  command->add_option("--secret", options->secrets, "the endpoint's secret; several may be given")
      ->envname("DELTAPOST_SECRET");
  command->add_option("--status", options->status, "what to answer, to see how failures look (default 200)");
  command->add_option("--forward", options->forward,
                      "send each webhook on to this URL, as it came, and give its answer");
  command->add_flag("--bodies", options->bodies, "print the bodies, too");
  command->callback([options, &run] { run = [options] { return listen(*options); }; });
}

}  // namespace deltapost::app
