#include "app/signals.hpp"

#include <unistd.h>

#include <csignal>
#include <ctime>

namespace deltapost::app {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignal::StopSignal() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void StopSignal::raise() {
  ::kill(::getpid(), SIGTERM);
}

int StopSignal::wait() const {
  const sigset_t set = stop_signals();
  int signal = 0;
  sigwait(&set, &signal);
  return signal;
}

int StopSignal::wait_for(std::chrono::milliseconds patience) const {
  const sigset_t set = stop_signals();
  const timespec timeout{patience.count() / 1000, patience.count() % 1000 * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &timeout);
  return signal > 0 ? signal : 0;
}

bool StopSignal::pending() {
  sigset_t set;
  return sigpending(&set) == 0 && (sigismember(&set, SIGINT) == 1 || sigismember(&set, SIGTERM) == 1);
}

}  // namespace deltapost::app
