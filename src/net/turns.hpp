// Turns: where functions run one after the other, soon or later. A Loop takes them on a thread of its own; a
// simulation on a clock of its own.
#pragma once

#include <chrono>

#include "base/unique_function.hpp"

namespace deltapost::net {

class Turns {
 public:
  virtual ~Turns() = default;

  /// Runs the function, soon, never within this call. Any thread.
  virtual void post(UniqueFunction<void()> function) = 0;
  /// Runs it not before `delay` has passed. Any thread.
  virtual void after(std::chrono::milliseconds delay, UniqueFunction<void()> function) = 0;
  /// Whether turns are being taken. What is posted when none are may be dropped.
  virtual bool running() const = 0;
};

}  // namespace deltapost::net
