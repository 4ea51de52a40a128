// Operations: what those who run the server ask it.
#include "api/input.hpp"
#include "api/metrics.hpp"
#include "api/openapi.hpp"
#include "api/problem.hpp"
#include "api/routes.hpp"

namespace deltapost::api {
namespace {

net::Reply livez(Services&, const Call&) {
  return json_reply(200, {{"status", "ok"}});
}

/// Ready: the store answers and takes writes.
net::Reply readyz(Services& services, const Call&) {
  for (store::Part part = 0; part < services.store.partitions(); ++part)
    if (auto head = services.store.head(part); !head) return problem(head.error());
  if (const auto trouble = services.store.trouble()) return problem(trouble->error);
  if (!services.accepting())
    return problem({.fault = Fault::unavailable, .message = "the server is starting or stopping"});
  return json_reply(200, {{"status", "ok"}});
}

net::Reply metrics(Services& services, const Call&) {
  Metrics::Gauges gauges{.commits_waiting = services.committer.waiting(),
                         .commit_lag = services.committer.lag(),
                         .delivery = services.runner.stats(),
                         .http = services.http()};
  for (store::Part part = 0; part < services.tail.partitions(); ++part)
    gauges.log_head += services.tail.head(part);
  return {.status = 200, .content_type = "text/plain; version=0.0.4", .body = services.metrics.text(gauges)};
}

net::Reply openapi(Services&, const Call&) {
  return {.status = 200, .content_type = "application/yaml", .body = std::string(openapi_yaml())};
}

}  // namespace

std::vector<Route> operation_routes() {
  return {
      route("GET", "/livez", Scope::none, livez),
      route("GET", "/readyz", Scope::none, readyz),
      route("GET", "/metrics", Scope::none, metrics),
      route("GET", "/openapi.yaml", Scope::none, openapi),
  };
}

}  // namespace deltapost::api
