// Waits for an outcome that comes from another thread and tells nobody.
#pragma once

#include <chrono>
#include <thread>

namespace deltapost::net::testing {

/// True as soon as the condition holds; false when it does not for so long that it never will.
template <class Condition>
bool eventually(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace deltapost::net::testing
