#include "app/bench/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <deque>
#include <memory>

#include "app/bench/channel.hpp"
#include "app/signals.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::chrono::nanoseconds kLook{500'000};  // how often a closed window is looked at
constexpr std::chrono::nanoseconds kLongestWait{50'000'000};

/// All records in an order that jumps about, as changes do. The factor is a prime, so none is left out.
std::uint32_t scattered(std::uint32_t record, std::uint32_t records) {
  return static_cast<std::uint32_t>(record * std::uint64_t{2654435761} % records);
}

double thread_cpu_s() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

class Player final : public Channel::Owner {
 public:
  Player(const LoadPlan& plan, Script& script) : plan_(plan), script_(script) {}

  Result<Load> run() {
    if (auto connected = connect(); !connected) return connected.error();
    load_.began_ns = heard_ns_ = now_ns();
    const double cpu_before_s = thread_cpu_s();
    end_ns_ = load_.began_ns + plan_.duration.count();
    if (plan_.delivered != nullptr) delivered_before_ = plan_.delivered->count();
    for (;;) {
      const std::int64_t now = now_ns();
      send_due(now);
      if (over(now) && idle_.size() == lanes_.size()) break;
      if (!failure_.empty()) return failed(failure_);
      if (StopSignal::pending()) return failed("it was stopped");
      if (idle_.size() < lanes_.size() && now - heard_ns_ > std::chrono::nanoseconds(kPatience).count())
        return failed(fmt::format("no answer came for {} s", kPatience.count()));
      loop_.wait(until_next(now));
      retired_.clear();
    }
    load_.ended_ns = now_ns();
    load_.cpu_s = thread_cpu_s() - cpu_before_s;
    return std::move(load_);
  }

  void received(Channel& channel, const Message& message) override {
    Lane& lane = lanes_[channel.number()];
    if (!lane.busy) return;  // told that there are too many connections
    heard_ns_ = now_ns();
    const bool good = message.status >= 200 && message.status < 300;
    const std::uint64_t version = good ? script_.version(message, lane.step) : 0;
    if (version > 0)
      load_.acknowledged.push_back({heard_ns_, lane.record, static_cast<std::uint32_t>(version),
                                    static_cast<float>(heard_ns_ - lane.asked_ns) / 1e6F});
    else if (is_refusal(message))
      ++load_.refused;
    else
      note_failed(message);
    rest(lane);
    // Answered means free: the next goes out at once, not after the rest of the round.
    if (plan_.rate == 0) send_due(heard_ns_);
  }

  void lost(Channel& channel, const std::string& why) override {
    if (!plan_.storm) {
      failure_ = why;
      return;
    }
    Lane& lane = lanes_[channel.number()];
    ++(lane.busy ? load_.broken : load_.shut_out);
    if (lane.busy) rest(lane);
  }

 private:
  struct Lane {
    std::unique_ptr<Channel> channel;
    bool busy = false;
    std::string message;
    std::uint32_t next_record = 0;
    std::uint32_t record = 0, step = 0;  // of the request on its way
    std::int64_t asked_ns = 0;
  };

  static Error failed(const std::string& why) {
    return {.fault = Fault::unavailable, .message = "the load broke off: " + why};
  }

  Result<void> connect() {
    load_.acknowledged.reserve(1 << 18);
    lanes_.resize(plan_.connections);
    for (std::uint32_t i = 0; i < plan_.connections; ++i) {
      if (auto connected = connect(i); !connected) return connected;
      lanes_[i].message = script_.blank();
      lanes_[i].next_record = i % script_.records();
      idle_.push_back(i);
    }
    return ok();
  }

  Result<void> connect(std::uint32_t lane) {
    auto socket = connect_to(plan_.port);
    if (!socket) return socket.error();
    if (lanes_[lane].channel != nullptr) retired_.push_back(std::move(lanes_[lane].channel));
    lanes_[lane].channel = std::make_unique<Channel>(loop_, *socket, *this, lane);
    return ok();
  }

  static bool is_refusal(const Message& answer) {
    constexpr int kTooMany = 429, kUnavailable = 503;
    return (answer.status == kTooMany || answer.status == kUnavailable) && answer.retry_after;
  }

  void note_failed(const Message& answer) {
    constexpr std::size_t kMostShown = 500;
    if (load_.failed++ == 0)
      load_.first_failed = fmt::format("{} {}", answer.status, answer.body.substr(0, kMostShown));
  }

  void rest(Lane& lane) {
    lane.busy = false;
    idle_.push_back(static_cast<std::uint32_t>(lane.channel->number()));
  }

  bool window_open() const {
    if (plan_.delivered == nullptr) return true;
    const std::uint64_t under_way = lanes_.size() - idle_.size();
    const std::uint64_t delivered = (plan_.delivered->count() - delivered_before_) / plan_.endpoints;
    return load_.acknowledged.size() + under_way < delivered + plan_.max_undelivered;
  }

  bool over(std::int64_t now) const { return now >= end_ns_ || sent_ >= plan_.max_requests; }

  std::int64_t due_ns() const {
    return load_.began_ns + static_cast<std::int64_t>(static_cast<double>(sent_) * 1e9 / plan_.rate);
  }

  void send_due(std::int64_t now) {
    if (!failure_.empty()) return;
    while (!idle_.empty() && !over(now) && window_open()) {
      if (plan_.rate > 0 && due_ns() > now) return;
      send_next(plan_.rate > 0 ? due_ns() : now);
    }
    if (plan_.storm) give_up_due(now);
  }

  void give_up_due(std::int64_t now) {
    for (; idle_.empty() && !over(now) && due_ns() <= now; ++sent_) ++load_.unsent;
  }

  /// A lane has records of its own, so no record has two changes under way.
  void send_next(std::int64_t asked_ns) {
    const std::uint32_t number = idle_.front();
    Lane& lane = lanes_[number];
    idle_.pop_front();
    ++sent_;
    if (!lane.channel->open() && plan_.storm)
      if (auto connected = connect(number); !connected) {
        failure_ = connected.error().message;
        return;
      }
    lane.busy = true;
    lane.record = scattered(lane.next_record, script_.records());
    lane.next_record += plan_.connections;
    if (lane.next_record >= script_.records())
      lane.next_record = static_cast<std::uint32_t>(lane.channel->number()) % script_.records();
    lane.step = script_.fill(lane.message, lane.record);
    lane.asked_ns = asked_ns;
    lane.channel->send(lane.message);
  }

  std::chrono::nanoseconds until_next(std::int64_t now) const {
    if (over(now) || idle_.empty()) return kLongestWait;
    if (plan_.rate > 0)
      return std::clamp(std::chrono::nanoseconds{due_ns() - now}, std::chrono::nanoseconds{0}, kLongestWait);
    return kLook;
  }

  const LoadPlan& plan_;
  Script& script_;
  EventLoop loop_;
  std::vector<Lane> lanes_;
  std::vector<std::unique_ptr<Channel>> retired_;  // until the loop's round is over
  std::deque<std::uint32_t> idle_;                 // in turn, so that none rests until its server closes it
  Load load_;
  std::int64_t end_ns_ = 0, heard_ns_ = 0;
  std::uint64_t sent_ = 0, delivered_before_ = 0;
  std::string failure_;
};

}  // namespace

Result<Load> play(const LoadPlan& plan, Script& script) {
  return Player(plan, script).run();
}

}  // namespace deltapost::app::bench
