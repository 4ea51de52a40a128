#include "api/delivery_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "api/input.hpp"
#include "api/reading.hpp"
#include "base/encoding.hpp"
#include "store/chain.hpp"
#include "store/history.hpp"

namespace deltapost::api {

using store::DeliveryKey;

namespace {

constexpr std::size_t kMaxHolds = 10'000;  // as many as an endpoint can have

Json status_or_null(std::uint16_t status) {
  if (status == 0) return nullptr;
  return status;
}

std::string_view to_string(store::Outcome outcome) {
  switch (outcome) {
    case store::Outcome::delivered:
      return "delivered";
    case store::Outcome::retrying:
      return "retrying";
    case store::Outcome::dead:
      return "dead";
  }
  return "";
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

}  // namespace

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
  if (number(key.part) && dash() && number(key.seq) && dash() && number(key.event_index) && at == end)
    return key;
  return {};
}

Json text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  if (valid_utf8(text)) return boost::json::string(text);
  std::string ascii = text;
  std::ranges::replace_if(
      ascii, [](unsigned char c) { return c >= 0x80; }, '?');
  return boost::json::string(ascii);
}

Result<DeliverySubject> subject_of(Services& services, const DeliveryKey& key) {
  const Error gone{.fault = Fault::not_found, .message = "there is no delivery " + delivery_id(key)};
  if (key.part >= services.store.partitions() || key.seq == 0) return gone;
  auto page = services.store.read_log(key.part, key.seq - 1, 1);
  if (!page) return page.error();
  if (page->entries.empty() || page->entries.front().seq != key.seq) return gone;
  const auto& entry = page->entries.front();
  if (store::is_redacted(entry.changes))
    return DeliverySubject{{entry.key, entry.version, entry.at, entry.origin, {}}, {}};
  auto change = store::to_change(entry);
  if (!change) return change.error();
  auto events = format::events_of(*change);
  if (key.event_index >= events.size()) return gone;
  return DeliverySubject{*std::move(change), std::move(events[key.event_index])};
}

Result<JsonObject> present(Services& services, const DeliveryView& view,
                           const std::vector<store::Attempt>& attempts) {
  auto subject = subject_of(services, view.key);
  if (!subject) return subject.error();
  const store::Attempt* last = attempts.empty() ? nullptr : &attempts.back();
  format::Event event = subject->event;
  if (event.id.empty() && last != nullptr) {  // redacted; the attempts still tell what was sent
    event.type = last->event_type;
    event.id = last->event_id;
  }
  const std::string error = !view.reason.empty() ? view.reason : last != nullptr ? last->error : "";
  return JsonObject{{"id", delivery_id(view.key)},
                    {"state", to_string(view.state)},
                    {"eventId", text_or_null(event.id)},
                    {"eventType", text_or_null(event.type)},
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

Result<std::vector<store::Hold>> holds_of(Services& services, const EndpointId& endpoint) {
  auto holds = services.store.holds(endpoint, kMaxHolds);
  if (holds) std::ranges::sort(*holds, {}, &store::Hold::delivery);
  return holds;
}

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

JsonObject present(const store::Attempt& attempt) {
  return {{"attempt", attempt.attempt},
          {"at", iso_millis(attempt.at)},
          {"latencyMs", attempt.latency_ms},
          {"outcome", to_string(attempt.outcome)},
          {"status", status_or_null(attempt.status)},
          {"error", text_or_null(attempt.error)},
          {"response", text_or_null(attempt.response)}};
}

}  // namespace deltapost::api
