// Deliveries: what an endpoint was sent and how it went; sending again, recovering, testing.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "base/encoding.hpp"
#include "format/event.hpp"
#include "store/history.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kDefaultPage = 20, kMaxPage = 100;
constexpr std::size_t kMaxScanned = 5000;  // attempts looked at for one page
constexpr std::size_t kMaxHolds = 10'000;  // as many as an endpoint can have
constexpr std::string_view kListing = "deliveries";

using store::DeliveryKey;

std::string delivery_id(const DeliveryKey& key) {
  return fmt::format("{}-{}-{}", key.part, key.seq, key.event_index);
}

std::optional<DeliveryKey> parse_delivery_id(std::string_view text, const EndpointId& endpoint) {
  DeliveryKey key{.endpoint = endpoint};
  const char *at = text.data(), *end = text.data() + text.size();
  const auto number = [&](auto& out) {
    const auto [next, error] = std::from_chars(at, end, out);
    at = next;
    return error == std::errc{};
  };
  const auto dash = [&] { return at != end && *at++ == '-'; };
  if (number(key.part) && dash() && number(key.seq) && dash() && number(key.event_index) && at == end) return key;
  return {};
}

Json text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  // An endpoint may answer with anything; JSON holds only UTF-8.
  if (valid_utf8(text)) return boost::json::string(text);
  std::string ascii = text;
  std::ranges::replace_if(ascii, [](unsigned char c) { return c >= 0x80; }, '?');
  return boost::json::string(ascii);
}

Json time_or_null(const std::optional<Time>& time) {
  if (!time) return nullptr;
  return boost::json::string(iso_millis(*time));
}

Json status_or_null(std::uint16_t status) {
  if (status == 0) return nullptr;
  return status;
}

std::string_view to_string(store::Outcome outcome) {
  switch (outcome) {
    case store::Outcome::delivered: return "delivered";
    case store::Outcome::retrying: return "retrying";
    case store::Outcome::dead: return "dead";
  }
  return "";
}

/// The change and event that a delivery is about.
struct Subject {
  Change change;
  format::Event event;
};

Result<Subject> subject_of(Services& services, const DeliveryKey& key) {
  const Error gone{.fault = Fault::not_found, .message = "there is no delivery " + delivery_id(key)};
  if (key.part >= services.store.partitions() || key.seq == 0) return gone;
  auto page = services.store.read_log(key.part, key.seq - 1, 1);
  if (!page) return page.error();
  if (page->entries.empty() || page->entries.front().seq != key.seq) return gone;
  auto change = store::to_change(page->entries.front());
  if (!change) return change.error();
  auto events = format::events_of(*change);
  if (key.event_index >= events.size()) return gone;
  return Subject{*std::move(change), std::move(events[key.event_index])};
}

/// What is known of a delivery, from wherever it stands.
struct DeliveryView {
  DeliveryKey key;
  store::Outcome state = store::Outcome::retrying;
  std::uint32_t tries = 0;
  std::optional<Time> first_sent_at{}, next_try_at{};
  std::string reason{};  // why it is dead
};

Result<JsonObject> present(Services& services, const DeliveryView& view, const std::vector<store::Attempt>& attempts) {
  auto subject = subject_of(services, view.key);
  if (!subject) return subject.error();
  const store::Attempt* last = attempts.empty() ? nullptr : &attempts.back();
  const std::string error = !view.reason.empty() ? view.reason : last != nullptr ? last->error : "";
  return JsonObject{{"id", delivery_id(view.key)},
                    {"state", to_string(view.state)},
                    {"eventId", subject->event.id},
                    {"eventType", subject->event.type},
                    {"kind", to_string(subject->change.key.kind)},
                    {"recordId", wire_id_json(subject->change.key)},
                    {"version", subject->change.version},
                    {"tries", std::max<std::size_t>(view.tries, attempts.size())},
                    {"firstSentAt", time_or_null(view.first_sent_at)},
                    {"lastAttemptAt", last != nullptr ? time_or_null(last->at) : Json(nullptr)},
                    {"nextTryAt", time_or_null(view.next_try_at)},
                    {"status", last != nullptr ? status_or_null(last->status) : Json(nullptr)},
                    {"error", text_or_null(error)}};
}

DeliveryView view_of(const store::Hold& hold) {
  return {.key = hold.delivery,
          .state = store::Outcome::retrying,
          .tries = hold.tries,
          .first_sent_at = hold.first_sent_at,
          .next_try_at = hold.due_at};
}

DeliveryView view_of(const store::DeadDelivery& dead) {
  return {.key = dead.delivery,
          .state = store::Outcome::dead,
          .tries = dead.tries,
          .first_sent_at = dead.first_sent_at,
          .reason = dead.reason};
}

DeliveryView view_of(const store::Attempt& last) {
  return {.key = last.delivery,
          .state = last.outcome,
          .tries = last.attempt,
          .first_sent_at = last.first_sent_at};
}

/// The key right before this one in the order of dead deliveries.
DeliveryKey before(DeliveryKey key) {
  if (key.event_index > 0) {
    --key.event_index;
  } else {
    --key.seq;
    key.event_index = std::numeric_limits<std::uint32_t>::max();
  }
  return key;
}

/// What is held at an endpoint, in the order of the log.
Result<std::vector<store::Hold>> holds_of(Services& services, const EndpointId& endpoint) {
  auto holds = services.store.holds(endpoint, kMaxHolds);
  if (holds) std::ranges::sort(*holds, {}, &store::Hold::delivery);
  return holds;
}

/// Where a delivery stands now: held, dead, or as its last attempt left it.
Result<std::optional<DeliveryView>> find_delivery(Services& services, const DeliveryKey& key,
                                                  const std::vector<store::Hold>& holds,
                                                  const std::vector<store::Attempt>& attempts) {
  const auto held = std::ranges::lower_bound(holds, key, {}, &store::Hold::delivery);
  if (held != holds.end() && held->delivery == key) return std::optional(view_of(*held));
  auto dead = services.store.dead(key.endpoint, before(key), 1);
  if (!dead) return dead.error();
  if (!dead->empty() && dead->front().delivery == key) return std::optional(view_of(dead->front()));
  if (!attempts.empty()) return std::optional(view_of(attempts.back()));
  return std::optional<DeliveryView>{};
}

/// One page of a listing: what it shows, and where the next page begins.
struct Page {
  JsonArray deliveries;
  Json next;
};

Result<void> add(Services& services, Page& page, const DeliveryView& view) {
  auto attempts = services.store.attempts_of(view.key);
  if (!attempts) return attempts.error();
  auto shown = present(services, view, *attempts);
  if (!shown) return shown.error();
  page.deliveries.push_back(*std::move(shown));
  return ok();
}

Json cursor(Services& services, const Call& call, Json position) {
  return boost::json::string(services.cursors.encode(call.caller.account, kListing, position));
}

/// Where a page of held or dead deliveries begins.
DeliveryKey after_cursor(const Json& position, const EndpointId& endpoint) {
  const DeliveryKey beginning{.endpoint = endpoint};
  if (!position.is_string()) return beginning;
  return parse_delivery_id(position.get_string(), endpoint).value_or(beginning);
}

Result<Page> retrying_page(Services& services, const Call& call, const EndpointId& endpoint, const Json& position,
                           std::size_t limit) {
  auto holds = holds_of(services, endpoint);
  if (!holds) return holds.error();
  Page page;
  auto hold = std::ranges::upper_bound(*holds, after_cursor(position, endpoint), {}, &store::Hold::delivery);
  for (; hold != holds->end() && page.deliveries.size() < limit; ++hold)
    if (auto added = add(services, page, view_of(*hold)); !added) return added.error();
  if (hold != holds->end())
    page.next = cursor(services, call, boost::json::string(delivery_id(std::prev(hold)->delivery)));
  return page;
}

Result<Page> dead_page(Services& services, const Call& call, const EndpointId& endpoint, const Json& position,
                       std::size_t limit) {
  auto dead = services.store.dead(endpoint, after_cursor(position, endpoint), limit);
  if (!dead) return dead.error();
  Page page;
  for (const auto& row : *dead)
    if (auto added = add(services, page, view_of(row)); !added) return added.error();
  if (dead->size() == limit) page.next = cursor(services, call, boost::json::string(delivery_id(dead->back().delivery)));
  return page;
}

/// Newest attempt first; a delivery is shown at its last attempt, so older ones are passed over.
Result<Page> attempted_page(Services& services, const Call& call, const EndpointId& endpoint, const Json& position,
                            bool only_delivered, std::size_t limit) {
  std::uint64_t before_number = position.is_number() ? position.to_number<std::uint64_t>() : 0;
  auto holds = holds_of(services, endpoint);
  if (!holds) return holds.error();
  Page page;
  for (std::size_t scanned = 0; scanned < kMaxScanned && page.deliveries.size() < limit;) {
    auto attempts = services.store.attempts(endpoint, before_number, kMaxPage);
    if (!attempts) return attempts.error();
    if (attempts->empty()) return page;
    for (const auto& attempt : *attempts) {
      ++scanned;
      before_number = attempt.number;
      if (only_delivered && attempt.outcome != store::Outcome::delivered) continue;
      auto all = services.store.attempts_of(attempt.delivery);
      if (!all) return all.error();
      if (all->empty() || all->back().number != attempt.number) continue;
      auto view = find_delivery(services, attempt.delivery, *holds, *all);
      if (!view) return view.error();
      if (only_delivered && (*view)->state != store::Outcome::delivered) continue;
      auto shown = present(services, **view, *all);
      if (!shown) return shown.error();
      page.deliveries.push_back(*std::move(shown));
      if (page.deliveries.size() == limit) break;
    }
  }
  page.next = cursor(services, call, before_number);
  return page;
}

net::Reply list(Services& services, const Call& call) {
  if (auto known = only_params(call, {"state", "limit", "nextToken"}); !known) return problem(known.error());
  auto limit = limit_param(call, kDefaultPage, kMaxPage);
  if (!limit) return problem(limit.error());
  auto key = record_param(call, Kind::endpoint);
  if (!key) return problem(key.error());
  if (auto record = live_endpoint(services, *key); !record) return problem(record.error());
  const EndpointId endpoint(key->id);
  Json position;
  if (auto token = call.request.param("nextToken")) {
    auto decoded = services.cursors.decode(call.caller.account, kListing, *token, "nextToken");
    if (!decoded) return problem(decoded.error());
    position = *std::move(decoded);
  }
  const auto state = call.request.param("state").value_or("");
  if (!state.empty() && state != "delivered" && state != "retrying" && state != "dead")
    return problem(
        {.fault = Fault::invalid, .message = "state must be delivered, retrying or dead", .field = "state"});
  auto page = state == "retrying" ? retrying_page(services, call, endpoint, position, *limit)
              : state == "dead"   ? dead_page(services, call, endpoint, position, *limit)
                                  : attempted_page(services, call, endpoint, position, state == "delivered", *limit);
  if (!page) return problem(page.error());
  return json_reply(200, {{"deliveries", std::move(page->deliveries)}, {"nextToken", std::move(page->next)}});
}

/// The delivery that the path names, at an endpoint that the caller owns.
Result<DeliveryKey> delivery_param(Services& services, const Call& call) {
  auto endpoint = record_param(call, Kind::endpoint);
  if (!endpoint) return endpoint.error();
  if (auto record = live_endpoint(services, *endpoint); !record) return record.error();
  auto key = parse_delivery_id(call.params.at(1), EndpointId(endpoint->id));
  const Error gone{.fault = Fault::not_found, .message = "there is no delivery " + call.params.at(1)};
  if (!key) return gone;
  auto subject = subject_of(services, *key);
  if (!subject) return subject.error();
  if (subject->change.key.account != call.caller.account) return gone;
  return *key;
}

/// A delivery that was sent, or is to be sent, with its attempts.
struct KnownDelivery {
  DeliveryView view;
  std::vector<store::Attempt> attempts;
};

Result<KnownDelivery> known_delivery(Services& services, const Call& call) {
  if (auto known = only_params(call, {}); !known) return known.error();
  auto key = delivery_param(services, call);
  if (!key) return key.error();
  auto attempts = services.store.attempts_of(*key);
  if (!attempts) return attempts.error();
  auto holds = holds_of(services, key->endpoint);
  if (!holds) return holds.error();
  auto view = find_delivery(services, *key, *holds, *attempts);
  if (!view) return view.error();
  if (!*view)
    return Error{.fault = Fault::not_found, .message = "this event was not sent to this endpoint yet"};
  return KnownDelivery{**std::move(view), *std::move(attempts)};
}

net::Reply get(Services& services, const Call& call) {
  auto delivery = known_delivery(services, call);
  if (!delivery) return problem(delivery.error());
  auto shown = present(services, delivery->view, delivery->attempts);
  if (!shown) return problem(shown.error());
  JsonArray list;
  for (const auto& attempt : delivery->attempts)
    list.push_back({{"attempt", attempt.attempt},
                    {"at", iso_millis(attempt.at)},
                    {"latencyMs", attempt.latency_ms},
                    {"outcome", to_string(attempt.outcome)},
                    {"status", status_or_null(attempt.status)},
                    {"error", text_or_null(attempt.error)},
                    {"response", text_or_null(attempt.response)}});
  (*shown)["attempts"] = std::move(list);
  return json_reply(200, *shown);
}

void resend(Services& services, Call call, net::Respond respond) {
  auto delivery = known_delivery(services, call);
  if (!delivery) return respond(problem(delivery.error()));
  const DeliveryKey key = delivery->view.key;
  services.audit(fmt::format("key {} had delivery {} of endpoint {} sent again", call.caller.key_id,
                             delivery_id(key), key.endpoint.text()));
  services.runner.resend(key, [key, respond = std::move(respond)](Result<void> queued) mutable {
    if (!queued) return respond(problem(queued.error()));
    respond(json_reply(202, {{"message", "The event is on its way again."}, {"id", delivery_id(key)}}));
  });
}

void recover(Services& services, Call call, net::Respond respond) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  auto key = record_param(call, Kind::endpoint);
  if (!key) return respond(problem(key.error()));
  if (auto record = live_endpoint(services, *key); !record) return respond(problem(record.error()));
  for (const auto& member : *input)
    if (member.key() != "since")
      return respond(problem({.fault = Fault::invalid,
                              .message = fmt::format("unknown field {}; give since", std::string(member.key())),
                              .field = std::string(member.key())}));
  const Json* since = input->if_contains("since");
  auto time = since != nullptr && since->is_string() ? parse_iso(since->get_string())
                                                     : Result<Time>(Error{.fault = Fault::invalid});
  if (!time)
    return respond(problem({.fault = Fault::invalid,
                            .message = "since must be a time like 2026-05-13T00:00:00Z: what was missed from then on "
                                       "is sent",
                            .field = "since"}));
  services.audit(fmt::format("key {} had endpoint {} recovered since {}", call.caller.key_id, key->id,
                             iso_millis(*time)));
  services.runner.recover(EndpointId(key->id), *time,
                          [respond = std::move(respond)](Result<std::uint64_t> entries) mutable {
                            if (!entries) return respond(problem(entries.error()));
                            respond(json_reply(202, {{"message", "What was missed is on its way."},
                                                     {"entries", *entries}}));
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
  JsonObject input;
  if (!call.request.body.empty()) {
    if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
    auto body = json_body(call);
    if (!body) return respond(problem(body.error()));
    input = *std::move(body);
  }
  for (const auto& member : input)
    if (member.key() != "eventType" || !member.value().is_string())
      return respond(problem({.fault = Fault::invalid,
                              .message = "only eventType may be given, a text like \"contactUpdated\"",
                              .field = std::string(member.key())}));
  const std::string type = input.empty() ? "" : std::string(input.at("eventType").as_string());
  auto key = record_param(call, Kind::endpoint);
  if (!key) return respond(problem(key.error()));
  if (auto record = live_endpoint(services, *key); !record) return respond(problem(record.error()));
  services.runner.send_test(EndpointId(key->id), type,
                            [respond = std::move(respond)](Result<delivery::TestResult> test) mutable {
                              respond(test ? test_reply(*test) : problem(test.error()));
                            });
}

}  // namespace

std::vector<Route> delivery_routes() {
  return {
      {"POST", "/v1/endpoints/{endpointId}/test", Scope::write, send_test},
      {"POST", "/v1/endpoints/{endpointId}/recover", Scope::write, recover},
      route("GET", "/v1/endpoints/{endpointId}/deliveries", Scope::read, list),
      route("GET", "/v1/endpoints/{endpointId}/deliveries/{deliveryId}", Scope::read, get),
      {"POST", "/v1/endpoints/{endpointId}/deliveries/{deliveryId}/resend", Scope::write, resend},
  };
}

}  // namespace deltapost::api
