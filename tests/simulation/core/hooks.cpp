#include "simulation/core/hooks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "simulation/core/events.hpp"

namespace deltapost::simulation {
namespace {

std::string header(const net::OutRequest& request, std::string_view name) {
  return std::string(request.header(name).value_or(""));
}

/// Apten's tells when an event was sent first, which a crash may make the system forget.
std::string without_time(const std::string& format, std::string body) {
  return format == "apten" ? body.substr(0, body.rfind("\"timestamp\"")) : body;
}

/// What the endpoint was at each of its versions.
std::vector<const JsonObject*> settings(const Ledger& ledger, const Hook& hook) {
  std::vector<const JsonObject*> documents;
  const auto found = ledger.records().find(hook.endpoint);
  if (found == ledger.records().end()) return documents;
  for (const Known& known : found->second) documents.push_back(&known.document);
  return documents;
}

/// Where the log stood when the endpoint was made, or enabled again the last time; its events come after.
store::Seq place_of_its_beginning(const std::vector<Known>& versions) {
  const auto is_disabled = [](const Known& known) { return known.document.at("state") == "disabled"; };
  store::Seq place = versions.front().seq;
  for (std::size_t i = 1; i < versions.size(); ++i)
    if (is_disabled(versions[i - 1]) && !is_disabled(versions[i])) place = versions[i].seq;
  return place;
}

}  // namespace

Hooks::Hooks(Timeline& timeline, Network& network, System& system, Ledger& ledger)
    : timeline_(timeline), network_(network), system_(system), ledger_(ledger) {
  system_.on_attempt = [this](const store::Attempt& attempt, const delivery::Endpoint&) { told(attempt); };
}

Hook& Hooks::add(std::string format, Manner manner) {
  auto hook = std::make_unique<Hook>();
  hook->number = static_cast<int>(hooks_.size());
  const std::string host = fmt::format("hook{}.example", hook->number);
  hook->url = fmt::format("http://{}/in", host);
  hook->secret = "whsec_" + base64(sha256(fmt::format("secret of {}", host)));
  hook->format = std::move(format);
  hook->manner = manner;
  hooks_.push_back(std::move(hook));
  Hook& added = *hooks_.back();
  network_.attach(host, [this, &added](const net::OutRequest& request, const AnswerBack& answer) {
    arrive(added, request, answer);
  });
  return added;
}

void Hooks::learn() {
  for (; learnt_ < ledger_.log().size(); ++learnt_) {
    const auto& [key, version] = ledger_.log()[learnt_];
    if (key.kind != Kind::endpoint || version != 1) continue;
    const Json& url = ledger_.find(key, version)->document.at("url");
    for (auto& hook : hooks_)
      if (text_of(url) == hook->url) hook->endpoint = key;
  }
}

std::string Hooks::name(const Hook& hook, const Taken& taken) const {
  return fmt::format("hook {}, {} {} version {}, event {}", hook.number, to_string(taken.record.kind),
                     wire_id(taken.record), taken.version, taken.index);
}

// ---- what arrives

void Hooks::arrive(Hook& hook, const net::OutRequest& request, const AnswerBack& answer) {
  Taken* taken = recognise(hook, request);
  if (taken == nullptr) return;
  timeline_.count("request to a hook");
  const std::string id = header(request, "webhook-id");
  check_repeat(hook, id, *taken);
  hook.open[taken->record] = {id, system_.life()};

  const Manner& manner = hook.manner;
  const bool poisoned = std::hash<std::string>{}(taken->record.id + hook.url) % 1000 <
                        static_cast<std::size_t>(manner.poison * 1000);
  const bool refused = poisoned || timeline_.chance(manner.failing);
  const bool takes = !refused && !manner.hanging;
  const bool silent = manner.hanging || (takes && timeline_.chance(manner.lost_answers));
  timeline_.tell(fmt::format("{}: attempt {}, {}{}", name(hook, *taken), header(request, "deltapost-attempt"),
                             takes ? "taken" : "refused", silent ? ", no answer" : ""));
  if (takes) {
    timeline_.count("delivery taken");
    if (++taken->times == 1) check_order(hook, id, *taken);
  } else {
    timeline_.count("delivery refused");
  }
  if (silent) return timeline_.count("answer of a hook lost");
  net::OutResponse reply = response(takes ? 200 : manner.status);
  if (!takes && manner.retry_after)
    reply.headers.push_back({"Retry-After", std::to_string(manner.retry_after->count() / 1000)});
  timeline_.after(manner.latency + timeline_.up_to(manner.latency_spread),
                  [answer, reply = std::move(reply)] { answer(reply); });
}

bool Hooks::is_signed(const Hook& hook, const net::OutRequest& request) const {
  const std::string key = *from_base64(std::string_view(hook.secret).substr(6));
  const std::string what = fmt::format("{}.{}.{}", header(request, "webhook-id"),
                                       header(request, "webhook-timestamp"), request.body);
  if (hook.format == "apten" &&
      header(request, "X-Signature-SHA256") != hex(hmac_sha256(hook.secret, request.body)))
    return false;
  return header(request, "webhook-signature") == "v1," + base64(hmac_sha256(key, what));
}

Taken* Hooks::recognise(Hook& hook, const net::OutRequest& request) {
  const auto refuse = [&](const std::string& why) -> Taken* {
    timeline_.break_promise(fmt::format("hook {}: {}: {}", hook.number, why, request.body));
    return nullptr;
  };
  if (!is_signed(hook, request)) return refuse("the signature is wrong");
  const auto body = parse_json(request.body);
  if (!body) return refuse("the body is no JSON");
  const auto subject = subject_of(hook.format, *body);
  const auto record =
      subject ? ledger_.record_with(hook.endpoint.account, subject->first, subject->second) : std::nullopt;
  if (!record) return refuse("it is about no record of the endpoint's account");
  const std::string type = header(request, "deltapost-event"), id = header(request, "webhook-id");
  const Version version = std::stoull(header(request, "deltapost-record-version"));
  const Known* change = ledger_.find(*record, version);
  if (change == nullptr) return refuse("it tells of a change that was not committed");
  const auto types = event_types_of(*record, *change);
  if (std::ranges::find(types, type) == types.end()) return refuse("the change means no such event");
  const auto documents = settings(ledger_, hook);
  if (std::ranges::none_of(documents, [&](const JsonObject* document) { return wants(*document, type); }))
    return refuse("nobody wants it");
  const auto endpoint = ledger_.records().find(hook.endpoint);
  if (endpoint == ledger_.records().end()) return refuse("nobody has asked for it");
  if (change->seq < endpoint->second.front().seq && !hook.asked_again)
    return refuse("it is older than the endpoint");
  if (const std::string fault = fault_of(hook.format, type, *body, *change); !fault.empty())
    return refuse(fault);

  Taken& taken = hook.events[id];
  if (taken.version == 0) {
    // Events of one type and change are told apart by their ids alone; in which order they come is checked.
    const auto index = std::ranges::find(types, type) - types.begin();
    taken.record = *record;
    taken.version = version;
    taken.index = static_cast<std::uint32_t>(index);
    taken.body = request.body;
  }
  if (!(taken.record == *record) || taken.version != version || types[taken.index] != type)
    return refuse("its id was another event's");
  const auto known = meaning_.emplace(id, std::tuple{*record, version, taken.index}).first;
  if (known->second != std::tuple{*record, version, taken.index}) return refuse("its id is another event's");
  if (without_time(hook.format, taken.body) != without_time(hook.format, request.body))
    return refuse("a repeat says something else than " + taken.body);
  return &taken;
}

void Hooks::check_repeat(Hook& hook, const std::string& id, const Taken& taken) {
  const auto open = hook.open.find(taken.record);
  // What an endpoint sent before it was disabled is forgotten with it.
  const auto was_disabled = [](const JsonObject* each) { return each->at("state") == "disabled"; };
  const bool ordered =
      !hook.order_varied && !hook.asked_again && std::ranges::none_of(settings(ledger_, hook), was_disabled);
  // In bad weather, what an earlier life has sent may arrive late.
  const bool in_time = network_.weather().latency <= Millis{4};
  if (ordered && in_time && open != hook.open.end() && open->second.life == system_.life())
    timeline_.break_promise(name(hook, taken) + ": two of one record at once");
  if (!taken.told_in || taken.may_repeat) return;
  if (*taken.told_in == system_.life() && !(hook.order_varied && hook.asked_again))
    return timeline_.break_promise(name(hook, taken) + ": sent again though it was delivered");
  if (system_.follows_an_orderly_end() && *taken.told_in == system_.life() - 1 && !hook.asked_again)
    return timeline_.break_promise(name(hook, taken) + ": sent again after an orderly stop");
  timeline_.count("repeat after a crash");
  static_cast<void>(id);
}

void Hooks::check_order(Hook& hook, const std::string& id, const Taken& taken) {
  if (hook.order_varied || hook.asked_again || taken.may_repeat || hook.died.contains(id)) return;
  auto& newest = hook.newest[taken.record];
  if (std::pair{taken.version, taken.index} < newest)
    timeline_.break_promise(
        fmt::format("{} came after version {} event {}", name(hook, taken), newest.first, newest.second));
  newest = {taken.version, taken.index};
}

/// The system has learnt how an attempt went.
void Hooks::told(const store::Attempt& attempt) {
  const auto found = std::ranges::find_if(
      hooks_, [&](const auto& hook) { return hook->endpoint.id == attempt.delivery.endpoint.text(); });
  if (found == hooks_.end()) return;
  Hook& hook = **found;
  const bool success = attempt.status >= 200 && attempt.status < 300;
  timeline_.tell(fmt::format("hook {}, {} {} version {}: attempt {} of event {} was heard to end with {} {}",
                             hook.number, to_string(attempt.record.kind), wire_id(attempt.record),
                             attempt.version, attempt.attempt, attempt.delivery.event_index, attempt.status,
                             attempt.outcome == store::Outcome::dead ? "and is dead" : attempt.error));
  if (attempt.outcome == store::Outcome::dead) hook.died.insert(attempt.event_id);
  const auto event = hook.events.find(attempt.event_id);
  if (event == hook.events.end()) {
    if (success) timeline_.break_promise(fmt::format("hook {}: a success that it never told", hook.number));
    return;  // lost on its way
  }
  Taken& taken = event->second;
  if (const auto open = hook.open.find(taken.record);
      open != hook.open.end() && open->second.event == attempt.event_id)
    hook.open.erase(open);
  if (success != (attempt.outcome == store::Outcome::delivered))
    timeline_.break_promise(name(hook, taken) + ": a wrong outcome");
  if (success && taken.times == 0)
    timeline_.break_promise(name(hook, taken) + ": a success that it never told");
  if (success) taken.told_in = system_.life();
}

// ---- at the end

void Hooks::check_complete() {
  for (const auto& hook : hooks_)
    if (!hook->endpoint.id.empty()) check_complete(*hook);
}

void Hooks::check_complete(const Hook& hook) {
  const Known* endpoint = ledger_.newest(hook.endpoint);
  const Json* deleted = endpoint != nullptr ? endpoint->document.if_contains("deleted") : nullptr;
  const EndpointId id(hook.endpoint.id);
  const auto held = *system_.truth().holds(id, 10);
  if (endpoint == nullptr) return;
  if (deleted != nullptr && *deleted == true) {
    if (!held.empty())
      timeline_.break_promise(fmt::format("hook {}: holds of a deleted endpoint", hook.number));
    return;
  }
  if (endpoint->document.at("state") != "active") return;
  if (!held.empty()) timeline_.break_promise(fmt::format("hook {}: a delivery is held", hook.number));
  std::map<std::pair<store::Part, store::Seq>, std::size_t> dead;
  const auto given_up = system_.truth().dead(id, {}, 1'000'000);
  for (const auto& row : *given_up) ++dead[{row.delivery.part, row.delivery.seq}];

  const store::Seq since = place_of_its_beginning(ledger_.records().at(hook.endpoint));
  std::vector<const JsonObject*> documents = settings(ledger_, hook);
  std::map<std::pair<RecordKey, Version>, std::size_t> taken;
  for (const auto& [event, each] : hook.events) taken[{each.record, each.version}] += each.times > 0 ? 1 : 0;
  for (const auto& [key, version] : ledger_.log()) {
    const Known& change = *ledger_.find(key, version);
    const std::pair place{change.part, change.seq};
    if (!(key.account == hook.endpoint.account) || change.seq <= since) continue;
    if (change.redacted || ledger_.newest(key)->document.contains("erasedAt")) continue;
    std::size_t owed = 0;
    for (const std::string& type : event_types_of(key, change))
      owed +=
          std::ranges::all_of(documents, [&](const JsonObject* each) { return wants(*each, type); }) ? 1 : 0;
    const std::size_t got = taken[{key, version}] + dead[place];
    if (got >= owed) continue;
    std::string attempts;
    for (std::uint32_t index = 0; index < event_types_of(key, change).size(); ++index) {
      const auto made = system_.truth().attempts_of({id, change.part, change.seq, index});
      for (const auto& attempt : *made)
        attempts +=
            fmt::format(" [{} of event {}: {} {}]", attempt.attempt, index, attempt.status, attempt.error);
    }
    return timeline_.break_promise(fmt::format("hook {} got {} of {} events of {} {} version {}; attempts:{}",
                                               hook.number, got, owed, to_string(key.kind), wire_id(key),
                                               version, attempts));
  }
}

}  // namespace deltapost::simulation
