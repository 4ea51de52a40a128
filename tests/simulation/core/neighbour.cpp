#include "simulation/core/neighbour.hpp"

#include <fmt/format.h>

namespace deltapost::simulation {
namespace {

/// Leads whose phone another lead had, too, one after the other. A neighbour that hears of the later one
/// before the end of the earlier one takes both for one person: what is told in order is each record.
std::set<RecordKey> with_a_shared_phone(const Ledger& ledger) {
  std::map<std::pair<AccountId, std::string>, std::set<RecordKey>> holders;
  for (const auto& [key, versions] : ledger.records()) {
    if (key.kind != Kind::lead) continue;
    for (const Known& known : versions)
      if (const Json* phone = known.document.if_contains("phone"); phone != nullptr && phone->is_string())
        holders[{key.account, text_of(*phone)}].insert(key);
  }
  std::set<RecordKey> shared;
  for (const auto& [phone, keys] : holders)
    if (keys.size() > 1) shared.insert(keys.begin(), keys.end());
  return shared;
}

}  // namespace

Neighbour::Neighbour(Timeline& timeline, Network& network, System& first, ApiClient& first_api,
                     SystemOptions options)
    : timeline_(timeline),
      first_(first),
      first_api_(first_api),
      system_(timeline, network, std::move(options)),
      ledger_(timeline, system_.host()),
      api_(timeline, network, system_) {
  system_.on_commit = [this] { look(); };
  system_.on_start = [this] {
    look();
    ledger_.recheck(system_.truth());
  };
}

void Neighbour::look() {
  if (system_.readable()) ledger_.follow(system_.truth());
}

void Neighbour::add_source(ApiClient& at, std::function<void(const JsonObject& made)> then) {
  at.ask({.method = "POST",
          .target = "/v1/sources",
          .body = JsonObject{{"format", "standard"}, {"verifier", "standard"}},
          .idempotency_key = "joint-source"},
         [this, then = std::move(then)](const Told& told) {
           if (!told.good()) return timeline_.break_promise("no joint: " + told.text);
           then(told.body);
         });
}

/// One that tries for a day before it gives up.
void Neighbour::add_endpoint(ApiClient& at, const System& to, const JsonObject& source, std::string skips,
                             std::function<void(const std::string& id)> then) {
  JsonArray schedule;
  while (schedule.size() < 20) schedule.push_back(schedule.size() < 10 ? 2 : 7'200);
  JsonObject input{{"url", fmt::format("http://{}/in/{}", to.host(), text_of(source.at("token")))},
                   {"secret", source.at("secret")},
                   {"retrySchedule", std::move(schedule)}};
  if (!skips.empty()) input["skipSources"] = JsonArray{boost::json::string("source:" + skips)};
  at.ask({.method = "POST",
          .target = "/v1/endpoints",
          .body = std::move(input),
          .idempotency_key = "joint-endpoint"},
         [this, then = std::move(then)](const Told& told) {
           if (!told.good()) return timeline_.break_promise("no joint: " + told.text);
           then(text_of(told.body.at("endpoint").at("id")));
         });
}

void Neighbour::join(Shape shape) {
  timeline_.tell(fmt::format("{} and {} are joined in a {}", first_.host(), system_.host(),
                             shape == Shape::chain    ? "chain"
                             : shape == Shape::circle ? "circle"
                                                      : "careless circle"));
  system_.start();
  add_source(api_, [this, shape](const JsonObject& here) {
    const std::string here_id = text_of(here.at("source").at("id"));
    const auto lead_here = [this, here](const std::string& skips) {
      add_endpoint(first_api_, system_, here, skips, [this](const std::string& id) {
        there_ = id;
        joined_at_ = first_.wall_clock();
      });
    };
    if (shape == Shape::chain) return lead_here("");
    add_source(first_api_, [this, shape, here_id, lead_here](const JsonObject& there) {
      const bool careless = shape == Shape::careless_circle;
      const std::string there_id = text_of(there.at("source").at("id"));
      add_endpoint(api_, first_, there, careless ? "" : here_id,
                   [this, careless, there_id, lead_here](const auto& id) {
                     back_ = id;
                     lead_here(careless ? "" : there_id);
                   });
    });
  });
}

void Neighbour::ask(std::size_t& busy) {
  const auto ask_one = [&busy](System& system, const std::string& endpoint) {
    if (endpoint.empty()) return;
    ++busy;
    if (!system.up()) return;
    system.core().runner.status(EndpointId(endpoint), [&busy](const auto& status) {
      if (status && status->behind == 0 && status->held_records == 0 && status->in_flight == 0) --busy;
    });
  };
  ask_one(first_, there_);
  ask_one(system_, back_);
}

void Neighbour::check(const Ledger& first, const AccountId& account) {
  look();
  ledger_.compare_records(system_.truth());
  if (!joined_at_) return;
  const AccountId here = ledger_.log().front().first.account;
  const std::set<RecordKey> ambiguous = with_a_shared_phone(first);
  for (const auto& [key, versions] : first.records()) {
    const bool told = key.kind == Kind::lead || key.kind == Kind::contact;
    if (!told || !(key.account == account) || versions.back().at <= *joined_at_) continue;
    if (ambiguous.contains(key)) continue;
    const JsonObject& ours = versions.back().document;
    if (ours.contains("erasedAt")) continue;
    const auto there = ledger_.record_with(here, key.kind, wire_id(key));
    const std::string name = fmt::format("{} {}", to_string(key.kind), wire_id(key));
    if (!there) return timeline_.break_promise(name + " never came to the neighbour");
    const JsonObject& theirs = ledger_.newest(*there)->document;
    for (const char* field :
         {"firstName", "lastName", "phone", "additionalInfo", "isHot", "status", "tracking"}) {
      const Json *a = ours.if_contains(field), *b = theirs.if_contains(field);
      if ((a == nullptr) != (b == nullptr) || (a != nullptr && !same_json(*a, *b)))
        return timeline_.break_promise(fmt::format("{}: {} is {}, at the neighbour's {}", name, field,
                                                   a != nullptr ? to_text(*a) : "absent",
                                                   b != nullptr ? to_text(*b) : "absent"));
    }
  }
}

}  // namespace deltapost::simulation
