#include "torture/receiver_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <thread>

#include "app/bench/arrival_log.hpp"
#include "app/bench/child_process.hpp"
#include "app/receiver.hpp"
#include "app/signals.hpp"
#include "base/check.hpp"
#include "torture/arrivals.hpp"
#include "torture/said.hpp"

namespace deltapost::torture {
namespace {

template <class Number>
Number number(const std::string& text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// What is not there must not run together with what is.
std::string word(std::string text) {
  return text.empty() ? "-" : text;
}

Arrival noted(const app::Arrival& came, format::Format format) {
  return {.at_ns = app::bench::now_ns(),
          .event_id = word(came.header("webhook-id")),
          .type = word(came.header("deltapost-event")),
          .version = number<Version>(came.header("deltapost-record-version")),
          .attempt = number<std::uint32_t>(came.header("deltapost-attempt")),
          .said = said_by_body(format, came.raw),
          .signed_ = came.unverified.empty()};
}

/// In one piece: what the system has taken outlives the process.
void write_whole(int file, const std::string& line) {
  DP_CHECK(::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
}

}  // namespace

int run_receiver(const ReceiverOptions& options) {
  const app::StopSignal stop;
  const int file = ::open(options.arrivals_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) {
    fmt::print(stderr, "cannot write {}\n", options.arrivals_file);
    return 1;
  }
  write_whole(file, "\n");  // behind what one that was killed may have begun
  app::Receiver receiver({.port = options.port}, [&](const app::Arrival& came) {
    write_whole(file, to_line(noted(came, options.format)));
    if (options.takes.count() > 0) std::this_thread::sleep_for(options.takes);
  });
  receiver.trust(app::bench::read_file(options.secret_file));
  if (auto started = receiver.start(); !started) {
    fmt::print(stderr, "{}\n", started.error().message);
    return 1;
  }
  stop.wait();
  return 0;
}

}  // namespace deltapost::torture
