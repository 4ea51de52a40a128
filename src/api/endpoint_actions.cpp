// Trying an endpoint with a sample event, and sending it what it missed.
#include <fmt/format.h>

#include "api/audit.hpp"
#include "api/delivery_view.hpp"
#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"

namespace deltapost::api {
namespace {

void recover(Services& services, Call call, net::Respond respond) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  auto key = record_param(call, Kind::endpoint);
  if (!key) return respond(problem(key.error()));
  if (auto record = live_record(services, *key); !record) return respond(problem(record.error()));
  for (const auto& member : *input)
    if (member.key() != "since")
      return respond(
          problem({.fault = Fault::invalid,
                   .message = fmt::format("unknown field {}; give since", std::string(member.key())),
                   .field = std::string(member.key())}));
  const Json* since = input->if_contains("since");
  auto time = since != nullptr && since->is_string() ? parse_iso(since->get_string())
                                                     : Result<Time>(Error{.fault = Fault::invalid});
  if (!time)
    return respond(
        problem({.fault = Fault::invalid,
                 .message = "since must be a time like 2026-05-13T00:00:00Z: what was missed from then on "
                            "is sent",
                 .field = "since"}));
  audited(
      services, call,
      {.action = "endpoint.recovered",
       .kind = "endpoint",
       .id = key->id,
       .details = {{"since", iso_millis(*time)}}},
      std::move(respond), [&services, key = *key, time = *time](net::Respond answer) {
        services.runner.recover(
            EndpointId(key.id), time, [answer = std::move(answer)](Result<std::uint64_t> entries) mutable {
              if (!entries) return answer(problem(entries.error()));
              answer(json_reply(202, {{"message", "What was missed is on its way."}, {"entries", *entries}}));
            });
      });
}

net::Reply test_reply(const delivery::TestResult& test) {
  JsonObject body{{"eventId", test.event_id}, {"eventType", test.event_type}, {"status", nullptr},
                  {"latencyMs", 0},           {"response", nullptr},          {"error", nullptr}};
  if (const auto* answer = std::get_if<net::OutResponse>(&test.result)) {
    body["status"] = answer->status;
    body["latencyMs"] = answer->latency.count();
    body["response"] = text_or_null(answer->body);
  } else {
    const auto& failure = std::get<net::OutFailure>(test.result);
    body["latencyMs"] = failure.latency.count();
    body["error"] = text_or_null(failure.reason);
  }
  return json_reply(200, body);
}

void send_test(Services& services, Call call, net::Respond respond) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  auto body = optional_json_body(call);
  if (auto* refusal = std::get_if<net::Reply>(&body)) return respond(std::move(*refusal));
  JsonObject& input = std::get<JsonObject>(body);
  for (const auto& member : input)
    if (member.key() != "eventType" || !member.value().is_string())
      return respond(problem({.fault = Fault::invalid,
                              .message = "only eventType may be given, a text like \"contactUpdated\"",
                              .field = std::string(member.key())}));
  const std::string type = input.empty() ? "" : std::string(input.at("eventType").as_string());
  auto key = record_param(call, Kind::endpoint);
  if (!key) return respond(problem(key.error()));
  if (auto record = live_record(services, *key); !record) return respond(problem(record.error()));
  audited(services, call, {.action = "endpoint.tested", .kind = "endpoint", .id = key->id},
          std::move(respond), [&services, key = *key, type](net::Respond answer) {
            services.runner.send_test(
                EndpointId(key.id), type,
                [answer = std::move(answer)](Result<delivery::TestResult> test) mutable {
                  answer(test ? test_reply(*test) : problem(test.error()));
                });
          });
}

}  // namespace

std::vector<Route> endpoint_action_routes() {
  return {
      {"POST", "/v1/endpoints/{endpointId}/test", Scope::write, send_test},
      {"POST", "/v1/endpoints/{endpointId}/recover", Scope::write, recover},
  };
}

}  // namespace deltapost::api
