// Receiver: the endpoints of a run. Each webhook is noted and answered at once, or as its endpoint was told
// to behave. One thread of its own.
#pragma once

#include <atomic>
#include <memory>
#include <queue>
#include <thread>

#include "app/bench/arrival_log.hpp"
#include "app/bench/wire_server.hpp"

namespace deltapost::app::bench {

class Receiver {
 public:
  explicit Receiver(ArrivalLog& log);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  Result<void> start();
  /// Closes everything; the log is complete.
  void stop();

  /// Where an endpoint is reached.
  std::string url(std::uint32_t endpoint) const;
  std::uint16_t port() const { return steady_.port(); }
  /// The same for one that can be taken down.
  std::string frail_url(std::uint32_t endpoint) const;

  // Any thread, while it runs.

  /// Nobody listens at frail_url any more, or somebody does again.
  void set_frail(bool up);
  /// Answers to frail_url come so late.
  void set_frail_delay(std::chrono::nanoseconds delay);

 private:
  struct LateAnswer {
    std::int64_t due_ns;
    Channel* channel;
    bool operator>(const LateAnswer& other) const { return due_ns > other.due_ns; }
  };
  class Door final : public WireServer::Handler {
   public:
    Door(Receiver& receiver, bool frail) : receiver_(receiver), frail_(frail) {}
    void handle(Channel& channel, const Message& request) override;

   private:
    Receiver& receiver_;
    bool frail_;
  };
  void work();
  void answer_late_ones();

  ArrivalLog& log_;
  EventLoop loop_;
  Door steady_door_{*this, false}, frail_door_{*this, true};
  WireServer steady_{loop_, steady_door_}, frail_{loop_, frail_door_};
  std::priority_queue<LateAnswer, std::vector<LateAnswer>, std::greater<>> late_;
  std::atomic<std::int64_t> frail_delay_ns_ = 0;
  std::atomic<bool> frail_up_ = true, stopping_ = false;
  std::thread thread_;
};

}  // namespace deltapost::app::bench
