#include "api/metrics.hpp"

#include <fmt/format.h>

namespace deltapost::api {
namespace {

void describe(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

void single(std::string& out, std::string_view name, std::string_view type, std::string_view help,
            auto value) {
  describe(out, name, type, help);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

}  // namespace

void Metrics::count_request(const std::string& method, const std::string& route, int status) {
  std::lock_guard lock(mutex_);
  const auto known = requests_.find(std::tie(method, route, status));
  if (known != requests_.end()) {
    ++known->second;
  } else {
    requests_.emplace(std::tuple(method, route, status), 1);
  }
}

void Metrics::count_committed(std::size_t changes) {
  std::lock_guard lock(mutex_);
  changes_ += changes;
}

void Metrics::count_receipt(std::string_view verdict) {
  std::lock_guard lock(mutex_);
  const auto known = receipts_.find(verdict);
  if (known != receipts_.end()) {
    ++known->second;
  } else {
    receipts_.emplace(verdict, 1);
  }
}

std::string Metrics::text(const Gauges& gauges) const {
  std::string out;
  std::lock_guard lock(mutex_);
  describe(out, "deltapost_http_requests_total", "counter", "Requests answered, by route and status.");
  for (const auto& [key, count] : requests_)
    fmt::format_to(std::back_inserter(out),
                   "deltapost_http_requests_total{{method=\"{}\",route=\"{}\",status=\"{}\"}} {}\n",
                   std::get<0>(key), std::get<1>(key), std::get<2>(key), count);
  single(out, "deltapost_http_connections", "gauge", "Connections of clients that are open.",
         gauges.http.connections);
  single(out, "deltapost_http_body_memory_bytes", "gauge",
         "What request bodies of more than 16 KiB take, of max_body_memory.", gauges.http.body_memory);
  describe(
      out, "deltapost_http_refused_total", "counter",
      "Refused by the server before a route was found, because there were too many connections or bodies.");
  fmt::format_to(std::back_inserter(out),
                 "deltapost_http_refused_total{{reason=\"connections\"}} {}\n"
                 "deltapost_http_refused_total{{reason=\"bodies\"}} {}\n",
                 gauges.http.refused_connections, gauges.http.refused_bodies);
  single(out, "deltapost_changes_committed_total", "counter", "Changes committed since the start.", changes_);
  describe(out, "deltapost_receipts_total", "counter",
           "Webhooks received and kept since the start, by verdict.");
  for (const auto& [verdict, count] : receipts_)
    fmt::format_to(std::back_inserter(out), "deltapost_receipts_total{{verdict=\"{}\"}} {}\n", verdict,
                   count);
  single(out, "deltapost_commits_waiting", "gauge", "Writes that wait for the next group commit.",
         gauges.commits_waiting);
  single(out, "deltapost_commit_lag_ms", "gauge", "How long the one that waits longest has waited.",
         static_cast<std::uint64_t>(gauges.commit_lag.count()));
  single(out, "deltapost_log_head", "gauge", "Position of the newest change in the log.", gauges.log_head);
  describe(out, "deltapost_attempts_total", "counter", "Delivery attempts since the start, by outcome.");
  fmt::format_to(std::back_inserter(out),
                 "deltapost_attempts_total{{outcome=\"delivered\"}} {}\n"
                 "deltapost_attempts_total{{outcome=\"retrying\"}} {}\n"
                 "deltapost_attempts_total{{outcome=\"dead\"}} {}\n",
                 gauges.delivery.delivered, gauges.delivery.retried, gauges.delivery.dead);
  single(out, "deltapost_deliveries_in_flight", "gauge", "Requests to endpoints that wait for their answer.",
         gauges.delivery.in_flight);
  single(out, "deltapost_endpoint_lag_max", "gauge",
         "Changes between the slowest active endpoint's position and the head of the log.",
         gauges.delivery.behind);
  return out;
}

}  // namespace deltapost::api
