// CountingReceiver: answers webhooks at once and keeps when each version of each lead arrived, so that a run
// can be judged: everything there, once, in order per record?
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/server.hpp"

namespace deltapost::app::bench {

using Moment = std::chrono::steady_clock::time_point;

struct Verdict {
  std::uint64_t lost = 0, repeated = 0, reordered = 0;
};

class CountingReceiver {
 public:
  /// One way in per endpoint: each path is judged by itself.
  explicit CountingReceiver(int endpoints);
  ~CountingReceiver();

  Result<void> start() { return server_.start(); }
  std::string url(int endpoint) const;

  std::uint64_t arrived() const;
  /// When a version of a lead first arrived at an endpoint; nullopt: never.
  std::optional<Moment> arrival(int endpoint, const std::string& lead, std::uint64_t version) const;
  /// Against what was acknowledged: versions 2 to `last` of each lead at every endpoint.
  Verdict judge(const std::unordered_map<std::string, std::uint64_t>& last) const;

 private:
  struct Lead {
    std::vector<Moment> first_arrival;  // by version; the epoch: not yet
    std::uint64_t newest = 0;
  };
  void handle(const net::Request& request);

  net::Server server_;
  mutable std::mutex mutex_;
  std::vector<std::unordered_map<std::string, Lead>> endpoints_;
  std::uint64_t arrived_ = 0, repeated_ = 0, reordered_ = 0;
};

}  // namespace deltapost::app::bench
