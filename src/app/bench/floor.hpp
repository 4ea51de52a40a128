// The floor: the cheapest program that does what a change costs at least. It takes a request, appends its
// body to a preallocated log, syncs in groups (whatever came while one group was synced is the next),
// answers, and posts the same request on to the receiver over a kept connection. No parsing of bodies, no
// index, no recovery, no retry: a limit to be measured against on the same machine in the same minute, not a
// product.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "app/bench/wire_server.hpp"

namespace deltapost::app::bench {

class Floor final : public WireServer::Handler, public Channel::Owner {
 public:
  struct Options {
    std::uint16_t receiver_port = 0;
    std::string log_file;
  };
  static constexpr std::uint64_t kLogBytes = 256 << 20;  // written from its beginning again when it is full

  explicit Floor(Options options) : options_(std::move(options)) {}
  ~Floor() override;

  Result<void> open();
  std::uint16_t port() const { return server_.port(); }
  /// Until the process is ended.
  [[noreturn]] void run();

  void handle(Channel& channel, const Message& request) override;
  void received(Channel& channel, const Message& message) override;
  void lost(Channel& channel, const std::string& why) override;

 private:
  /// Requests that are synced together.
  struct Group {
    struct Item {
      Channel* from;
      std::size_t begin, size;  // in messages
    };
    std::string bodies, messages;
    std::vector<Item> items;
  };
  /// Each connection that comes in has one that goes out, so that what came in order leaves in order.
  struct Way {
    std::unique_ptr<Channel> channel;
    bool busy = false;
    std::deque<std::string> waiting;
  };

  void sync_groups();
  void finish(const Group& group);
  void forward(std::size_t number, std::string_view message);

  Options options_;
  EventLoop loop_;
  WireServer server_{loop_, *this};
  std::vector<Way> ways_;
  int log_ = -1;
  std::uint64_t log_end_ = 0;
  Group filling_;  // the loop's thread

  std::mutex mutex_;
  std::condition_variable wake_;
  Group next_;                 // guarded: for the syncing thread
  std::vector<Group> synced_;  // guarded: back from it
  bool handed_over_ = false;   // the loop's thread: next_ was given and has not come back
  std::thread syncer_;
};

/// The process: writes its port to `port_file` and serves until it is ended.
int run_floor(const Floor::Options& options, const std::string& port_file);

}  // namespace deltapost::app::bench
