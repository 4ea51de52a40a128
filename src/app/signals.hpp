// StopSignal: SIGINT and SIGTERM, taken by waiting instead of by a handler.
#pragma once

#include <chrono>

namespace deltapost::app {

class StopSignal {
 public:
  /// Blocks both signals in this thread and all that it starts afterwards.
  StopSignal();
  /// As if SIGTERM had come. Any thread.
  static void raise();
  /// The signal that came.
  int wait() const;
  /// 0 when none came in time.
  int wait_for(std::chrono::milliseconds patience) const;
  /// Whether one has come that nobody has waited for. Any thread, for who works in steps.
  static bool pending();
};

}  // namespace deltapost::app
