// Blows: what is done to whom and when. The order and the instants follow from a seed alone, so that a
// schedule can be played again.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "base/random.hpp"

namespace deltapost::torture {

enum class Victim : std::uint8_t { server, receiver };
enum class Deed : std::uint8_t {
  kill,  // SIGKILL, and started again
  stop,  // SIGSTOP, and SIGCONT after a while
};

struct Blow {
  Victim victim = Victim::server;
  Deed deed = Deed::kill;
  std::uint32_t number = 0;  // of the receiver
  /// Follows a kill of the server. The wait begins with its new start, not when it has become ready: the blow
  /// falls into its recovery, or shortly behind it.
  bool from_start = false;
  std::chrono::milliseconds after{};
  std::chrono::milliseconds lasts{};  // a stop; a killed receiver is started again only then
};

struct ScheduleOptions {
  std::uint64_t seed = 1;
  std::uint32_t receivers = 1;
  std::chrono::milliseconds stop_lasts{10'000};
};

/// An endless schedule. Of each ten blows seven are kills of the server, two of them right behind another;
/// two are kills of a receiver, and one is a stop, of the server and of a receiver by turns.
class Schedule {
 public:
  explicit Schedule(const ScheduleOptions& options) : options_(options), random_(options.seed) {}

  Blow next();

 private:
  void deal();
  std::chrono::milliseconds between(std::int64_t from_ms, std::int64_t to_ms);

  ScheduleOptions options_;
  SeededRandom random_;
  std::deque<Blow> dealt_;
  bool stop_server_ = true;
};

}  // namespace deltapost::torture
