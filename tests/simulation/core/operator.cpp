#include "simulation/core/operator.hpp"

#include <fmt/format.h>

namespace deltapost::simulation {

JsonObject Operator::some_settings() {
  JsonObject settings{{"concurrency", 1 + timeline_.below(6)}};
  JsonArray schedule;
  for (std::uint64_t waits = 1 + timeline_.below(6); waits > 0; --waits)
    schedule.push_back(1 + timeline_.below(1 << timeline_.below(10)));
  settings["retrySchedule"] = std::move(schedule);
  if (timeline_.below(4) == 0) settings["rateLimit"] = 1 + timeline_.below(100);
  return settings;
}

void Operator::add_endpoint(const AccountId& account, const std::string& api_key) {
  keys_[account] = api_key;
  const std::string format = timeline_.one_of<std::string>({"standard", "standard", "apten", "iclosed"});
  Hook& hook =
      hooks_.add(format, some_manner([this](std::uint64_t bound) { return timeline_.below(bound); }));
  JsonObject input = some_settings();
  input["url"] = hook.url;
  input["secret"] = hook.secret;
  input["format"] = format;
  if (timeline_.below(4) == 0) {
    input["order"] = "none";
    hook.order_varied = true;
  }
  if (format == "standard" && timeline_.below(3) == 0)
    input["events"] = JsonArray{"lead.updated", "contactUpdated"};
  if (format == "apten" && timeline_.below(2) == 0)
    input["events"] = JsonArray{"lead.additionalInfo.updated"};
  api_.ask({.method = "POST",
            .target = "/v1/endpoints",
            .body = std::move(input),
            .idempotency_key = fmt::format("endpoint-{}", hook.number),
            .api_key = api_key},
           [](const Told&) {});
}

void Operator::act() {
  auto& hooks = hooks_.all();
  if (hooks.empty()) return;
  Hook& hook = *hooks[timeline_.below(hooks.size())];
  if (timeline_.below(3) == 0)
    hook.manner = some_manner([this](std::uint64_t bound) { return timeline_.below(bound); });
  if (hook.endpoint.id.empty()) return;
  const std::uint64_t what = timeline_.below(100);
  if (what < 30) {
    edit(hook, some_settings());
  } else if (what < 50) {
    edit(hook, {{"state", "paused"}});
  } else if (what < 80) {
    edit(hook, {{"state", "active"}});
  } else if (what < 85) {
    edit(hook, {{"state", "disabled"}});
  } else if (what < 90 && hook.format == "standard") {
    edit(hook,
         {{"events", timeline_.one_of<Json>({JsonArray{}, JsonArray{"lead.updated", "contactUpdated"}})}});
  } else if (what < 92) {
    hook.order_varied = true;
    edit(hook, {{"order", timeline_.one_of<Json>({"record", "none"})}});
  } else if (what < 97) {
    recover(hook);
  } else {
    api_.ask({.method = "DELETE", .target = "/v1/endpoints/" + hook.endpoint.id, .api_key = key_of(hook)},
             [](const Told&) {});
  }
}

void Operator::edit(Hook& hook, JsonObject patch) {
  timeline_.tell(fmt::format("hook {}: {}", hook.number, to_text(patch)));
  api_.ask({.method = "PATCH",
            .target = "/v1/endpoints/" + hook.endpoint.id,
            .body = std::move(patch),
            .api_key = key_of(hook)},
           [](const Told&) {});
}

void Operator::recover(Hook& hook) {
  hook.asked_again = true;
  timeline_.count("recovery");
  const Time since = timeline_.now() - timeline_.up_to(Millis{400'000});
  timeline_.tell(fmt::format("hook {}: recover since {}", hook.number, iso_millis(since)));
  api_.ask({.method = "POST",
            .target = fmt::format("/v1/endpoints/{}/recover", hook.endpoint.id),
            .body = JsonObject{{"since", iso_millis(since)}},
            .api_key = key_of(hook)},
           [](const Told&) {});
}

void Operator::heal() {
  for (auto& hook : hooks_.all()) {
    hook->manner = Manner{};
    const Known* endpoint = hook->endpoint.id.empty() ? nullptr : ledger_.newest(hook->endpoint);
    if (endpoint == nullptr || endpoint->document.at("state") != "paused") continue;
    if (const Json* deleted = endpoint->document.if_contains("deleted");
        deleted != nullptr && *deleted == true)
      continue;
    edit(*hook, {{"state", "active"}});
  }
}

}  // namespace deltapost::simulation
