#include "api/router.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/metrics.hpp"
#include "api/problem.hpp"
#include "api/routes.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kUsualSegments = 8;

/// "/v1/leads/42" -> {"v1", "leads", "42"}. A trailing slash is an empty segment and matches no route.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  segments.reserve(kUsualSegments);
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    segments.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return segments;
}

/// The text of the key: `Authorization: Bearer dp_…` or `x-api-key: dp_…`.
std::string_view key_text(const net::Request& request) {
  if (auto key = request.header("x-api-key")) return *key;
  constexpr std::string_view kBearer = "bearer ";
  if (auto header = request.header("authorization"); header && header->size() > kBearer.size()) {
    const bool bearer = std::ranges::equal(header->substr(0, kBearer.size()), kBearer, [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) == b;
    });
    if (bearer) return header->substr(kBearer.size());
  }
  return {};
}

/// A body that no handler should be bothered with.
std::optional<net::Reply> refuse_body(const net::Request& request) {
  if (request.exceeded_limit)
    return problem({.fault = Fault::too_large,
                    .message = fmt::format("the body is larger than {} bytes; send less at once",
                                           *request.exceeded_limit)});
  const auto encoding = request.header("content-encoding").value_or("identity");
  if (encoding != "identity") return unsupported_content_encoding(encoding);
  return {};
}

/// Written once: what is refused must cost next to nothing.
net::Reply overloaded() {
  static const net::Reply written =
      problem({.fault = Fault::overloaded,
               .message = "more comes in than can be stored; send it again after the time in Retry-After"});
  return {.status = written.status,
          .content_type = written.content_type,
          .headers = written.headers,
          .body = written.body,
          .breather = written.breather};
}

}  // namespace

Route route(std::string method, std::string pattern, Scope scope, Answer answer) {
  return {std::move(method), std::move(pattern), scope,
          [answer = std::move(answer)](Services& services, Call call, net::Respond respond) {
            respond(answer(services, call));
          }};
}

std::vector<Route> all_routes() {
  std::vector<Route> routes;
  for (auto part : {lead_routes(), contact_routes(), endpoint_routes(), endpoint_action_routes(),
                    delivery_routes(), source_routes(), source_secret_routes(), receipt_routes(),
                    receipt_decision_routes(), timeline_routes(), receive_routes(), erasure_routes(),
                    feed_routes(), audit_routes(), account_routes(), operation_routes()})
    std::ranges::move(part, std::back_inserter(routes));
  return routes;
}

Router::Router(Services& services, std::vector<Route> routes) : services_(services) {
  for (Route& route : routes) {
    std::vector<std::string> segments;
    for (const std::string_view segment : split(route.pattern))
      segments.emplace_back(segment.starts_with('{') ? "{}" : segment);
    if (by_length_.size() <= segments.size()) by_length_.resize(segments.size() + 1);
    by_length_[segments.size()].push_back({std::move(route), std::move(segments)});
  }
  // Literal segments win over parameters: /v1/leads/lookup is not a lead called "lookup".
  for (auto& same_length : by_length_)
    std::ranges::stable_sort(same_length, {},
                             [](const Compiled& c) { return std::ranges::count(c.segments, "{}"); });
}

void Router::handle(net::Request request, net::Respond respond) {
  const auto segments = split(request.path);
  const bool head = request.method == "HEAD";
  const Compiled* found = nullptr;
  std::string allowed;
  if (segments.size() < by_length_.size()) {
    for (const Compiled& candidate : by_length_[segments.size()]) {
      const bool fits =
          std::ranges::equal(candidate.segments, segments, [](const auto& pattern, const auto& given) {
            return pattern == given || (pattern == "{}" && !given.empty());
          });
      if (!fits) continue;
      const std::string& method = candidate.route.method;
      if (method == request.method || (head && method == "GET")) {
        found = &candidate;
        break;
      }
      if (allowed.find(method) == std::string::npos) allowed += (allowed.empty() ? "" : ", ") + method;
    }
  }
  if (found == nullptr) {
    respond(allowed.empty()
                ? problem({.fault = Fault::not_found,
                           .message = fmt::format("there is no route {}; /openapi.yaml lists those there are",
                                                  request.path)})
                : method_not_allowed(allowed));
    return;
  }
  std::vector<std::string> params;
  for (std::size_t i = 0; i < segments.size(); ++i)
    if (found->segments[i] == "{}") params.emplace_back(segments[i]);
  dispatch(*found, std::move(params), std::move(request), std::move(respond));
}

void Router::dispatch(const Compiled& target, std::vector<std::string> params, net::Request request,
                      net::Respond respond) {
  net::Respond counted = [metrics = &services_.metrics, respond = std::move(respond),
                          route = &target.route](net::Reply reply) mutable {
    metrics->count_request(route->method, route->pattern, reply.status);
    respond(std::move(reply));
  };
  if (!target.route.takes_anything)
    if (auto refusal = refuse_body(request)) return counted(*std::move(refusal));
  Call call{.request = std::move(request), .caller = {}, .params = std::move(params)};
  // Before the key and the body are looked at.
  if (target.route.scope == Scope::write && !services_.committer.takes()) return counted(overloaded());
  if (target.route.scope != Scope::none) {
    auto caller = authenticate(call.request, target.route.scope);
    if (auto* refusal = std::get_if<net::Reply>(&caller)) return counted(std::move(*refusal));
    call.caller = std::get<Caller>(std::move(caller));
  }
  target.route.handler(services_, std::move(call), std::move(counted));
}

std::variant<Caller, net::Reply> Router::authenticate(const net::Request& request, Scope needed) {
  const std::string_view key = key_text(request);
  if (key.empty()) return problem(services_.keys.authenticate(key).error());  // no guess
  const std::string address = services_.guesses.address_of(request);
  if (auto refusal = services_.guesses.closed_to(address, key)) return *std::move(refusal);
  auto caller = services_.keys.authenticate(key);
  if (!caller) {
    auto refusal = services_.guesses.wrong(address, key);
    return refusal ? *std::move(refusal) : problem(caller.error());
  }
  services_.guesses.right(address, key);
  if (caller->scope < needed)
    return problem(
        {.fault = Fault::forbidden,
         .message = fmt::format("this needs a key with scope {}; the one that was sent has scope {}",
                                to_string(needed), to_string(caller->scope))});
  return *std::move(caller);
}

}  // namespace deltapost::api
