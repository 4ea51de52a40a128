#include "app/bench/receiver.hpp"

#include <fmt/format.h>

namespace deltapost::app::bench {
namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
constexpr std::chrono::milliseconds kLongestWait{100};

}  // namespace

Receiver::Receiver(ArrivalLog& log) : log_(log) {}

Receiver::~Receiver() {
  stop();
}

Result<void> Receiver::start() {
  for (WireServer* server : {&steady_, &frail_})
    if (auto opened = server->open(); !opened) return opened;
  thread_ = std::thread([this] { work(); });
  return ok();
}

void Receiver::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  loop_.wake();
  thread_.join();
  steady_.close();
  frail_.close();
}

std::string Receiver::url(std::uint32_t endpoint) const {
  return fmt::format("http://127.0.0.1:{}/{}", steady_.port(), endpoint);
}

std::string Receiver::frail_url(std::uint32_t endpoint) const {
  return fmt::format("http://127.0.0.1:{}/{}", frail_.port(), endpoint);
}

void Receiver::set_frail(bool up) {
  frail_up_ = up;
  loop_.wake();
}

void Receiver::set_frail_delay(std::chrono::nanoseconds delay) {
  frail_delay_ns_ = delay.count();
}

void Receiver::Door::handle(Channel& channel, const Message& request) {
  receiver_.log_.note(request.path, request.version, request.body);
  const std::int64_t delay = frail_ ? receiver_.frail_delay_ns_.load(std::memory_order_relaxed) : 0;
  if (delay == 0) return channel.send(kAnswer);
  receiver_.late_.push({now_ns() + delay, &channel});
}

void Receiver::answer_late_ones() {
  const std::int64_t now = now_ns();
  for (; !late_.empty() && late_.top().due_ns <= now; late_.pop()) late_.top().channel->send(kAnswer);
}

void Receiver::work() {
  while (!stopping_) {
    std::chrono::nanoseconds wait = kLongestWait;
    if (!late_.empty())
      wait = std::chrono::nanoseconds{std::max<std::int64_t>(0, late_.top().due_ns - now_ns())};
    loop_.wait(std::min<std::chrono::nanoseconds>(wait, kLongestWait));
    answer_late_ones();
    if (!frail_up_)
      frail_.close();
    else
      (void)frail_.open();  // its port was ours a moment ago
  }
}

}  // namespace deltapost::app::bench
