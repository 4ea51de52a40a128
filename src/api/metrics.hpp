// Metrics: counters in the Prometheus text format (exposition format 0.0.4).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include "delivery/runner.hpp"
#include "net/server.hpp"

namespace deltapost::api {

class Metrics {
 public:
  void count_request(const std::string& method, const std::string& route, int status);
  void count_committed(std::size_t changes);
  void count_receipt(std::string_view verdict);

  struct Gauges {
    std::size_t commits_waiting = 0;
    Millis commit_lag{};
    std::uint64_t log_head = 0;
    delivery::RunnerStats delivery;
    net::ServerStats http;
  };
  std::string text(const Gauges& gauges) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, int>, std::uint64_t, std::less<>> requests_;
  std::map<std::string, std::uint64_t, std::less<>> receipts_;  // by verdict
  std::uint64_t changes_ = 0;
};

}  // namespace deltapost::api
