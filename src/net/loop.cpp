#include "net/loop.hpp"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <string>

#include "net/mailbox.hpp"

namespace deltapost::net {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

struct Loop::Impl {
  Impl() : context(1), work(context.get_executor()), timer(context) {}

  void add_timer(SteadyClock::time_point due, UniqueFunction<void()> function) {
    const bool first = timers.empty() || due < timers.begin()->first;
    timers.emplace(due, std::move(function));
    if (first) arm_timer();
  }

  void arm_timer() {
    timer.expires_at(timers.begin()->first);
    timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) run_due();
    });
  }

  void run_due() {
    const auto now = SteadyClock::now();
    std::vector<UniqueFunction<void()>> due;
    const auto end = timers.upper_bound(now);
    for (auto it = timers.begin(); it != end; ++it) due.push_back(std::move(it->second));
    timers.erase(timers.begin(), end);
    for (auto& function : due) function();
    if (!timers.empty()) arm_timer();
  }

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>(context);
  asio::steady_timer timer;
  std::multimap<SteadyClock::time_point, UniqueFunction<void()>> timers;  // the loop's thread alone
  std::thread thread;
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}

Loop::~Loop() {
  stop();
}

void Loop::start(const char* name) {
  DP_CHECK(!impl_->thread.joinable());
  impl_->thread = std::thread([impl = impl_.get()] { impl->context.run(); });
  pthread_setname_np(impl_->thread.native_handle(), std::string(name).substr(0, 15).c_str());
}

void Loop::stop() {
  impl_->context.stop();
  if (impl_->thread.joinable()) {
    DP_CHECK(impl_->thread.get_id() != std::this_thread::get_id());
    impl_->thread.join();
  }
  impl_->mailbox->close();
  impl_->timers.clear();
}

void Loop::post(UniqueFunction<void()> function) {
  impl_->mailbox->post(std::move(function));
}

void Loop::after(std::chrono::milliseconds delay, UniqueFunction<void()> function) {
  const auto due = SteadyClock::now() + delay;
  impl_->mailbox->post([impl = impl_.get(), due, function = std::move(function)]() mutable {
    impl->add_timer(due, std::move(function));
  });
}

bool Loop::running() const {
  return impl_->thread.joinable();
}

const std::shared_ptr<Mailbox>& Loop::mailbox() const {
  return impl_->mailbox;
}

asio::io_context& Loop::context() {
  return impl_->context;
}

}  // namespace deltapost::net
