#include "torture/setting.hpp"

#include <fmt/format.h>

#include "torture/api_writer.hpp"

namespace deltapost::torture {
namespace {

constexpr int kRetries = 20;
/// With each webhook: a little less than what the traffic brings, so that much is under way at most blows.
constexpr std::chrono::microseconds kLag{1'000};

std::vector<Endpoint> endpoints() {
  return {{.name = "apten endpoint",
           .receiver = 0,
           .format = format::Format::apten,
           .types = {"lead.additionalInfo.updated"}},
          {.name = "iclosed endpoint",
           .receiver = 1,
           .format = format::Format::iclosed,
           .types = {"newContactCreated", "contactUpdated"}},
          {.name = "standard endpoint", .receiver = 2, .format = format::Format::standard, .takes = kLag}};
}

JsonObject endpoint_input(const Endpoint& endpoint, std::uint16_t port) {
  JsonArray events;
  for (const std::string& type : endpoint.types) events.emplace_back(type);
  // One that failed is tried again soon, and does not run out of tries while it is down.
  return {{"url", fmt::format("http://127.0.0.1:{}/", port)},
          {"format", format::to_string(endpoint.format)},
          {"events", std::move(events)},
          {"changesOnly", endpoint.format == format::Format::standard},
          {"concurrency", endpoint.concurrency},
          {"retrySchedule", JsonArray(kRetries, Json(1))}};
}

/// The API numbers contacts from the greatest there is: so it stays away from the numbers that senders give.
Result<void> make_great_contact(app::ApiClient& api, Oracle& oracle) {
  constexpr std::uint64_t kGreat = 1'000'000'000;
  const Json input = JsonObject{{"id", kGreat}};
  auto made = api.ask("POST", "/v1/contacts", &input);
  if (!made) return made.error();
  oracle.acknowledged(Claim{.record = {Kind::contact, std::to_string(kGreat)},
                            .version = 1,
                            .fields = {{"id", {.now = Json(kGreat)}}},
                            .whole = false});
  return ok();
}

}  // namespace

Result<std::vector<Endpoint>> make_endpoints(app::ApiClient& api, Targets& targets) {
  std::vector<Endpoint> made = endpoints();
  for (Endpoint& endpoint : made) {
    auto port = targets.reserve_port();
    if (!port) return port.error();
    const Json input = endpoint_input(endpoint, *port);
    auto answer = api.ask("POST", "/v1/endpoints", &input);
    if (!answer) return answer.error();
    endpoint.id = text_at(answer->at("endpoint"), "id");
    if (auto started = targets.start_receiver(endpoint, text_at(*answer, "secret")); !started)
      return started.error();
  }
  return made;
}

Result<SourceAddress> make_source(app::ApiClient& api, std::string_view format) {
  const Json input = JsonObject{{"format", format}, {"verifier", "apten"}, {"name", format}};
  auto made = api.ask("POST", "/v1/sources", &input);
  if (!made) return made.error();
  return SourceAddress{.token = text_at(*made, "token"), .secret = text_at(*made, "secret")};
}

Result<RecordName> make_first_records(app::ApiClient& api, Oracle& oracle) {
  constexpr const char* kPhone = "+15555550100";
  const Json input = JsonObject{{"phone", kPhone}};
  auto made = api.ask("POST", "/v1/leads/create", &input);
  if (!made) return made.error();
  const RecordName name{Kind::lead, text_at(*made, "id")};
  oracle.acknowledged(
      Claim{.record = name, .version = 1, .fields = {{"phone", {.now = Json(kPhone)}}}, .whole = false});
  if (auto great = make_great_contact(api, oracle); !great) return great.error();
  return name;
}

}  // namespace deltapost::torture
