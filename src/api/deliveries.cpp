// Deliveries: what an endpoint was sent and how it went; sending one again.
#include <fmt/format.h>

#include <algorithm>

#include "api/audit.hpp"
#include "api/delivery_view.hpp"
#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kDefaultPage = 20, kMaxPage = 100;
constexpr std::size_t kMaxScanned = 5000;  // attempts looked at for one page
constexpr std::string_view kListing = "deliveries";

using store::DeliveryKey;

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

Result<Page> retrying_page(Services& services, const Call& call, const EndpointId& endpoint,
                           const Json& position, std::size_t limit) {
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
  if (dead->size() == limit)
    page.next = cursor(services, call, boost::json::string(delivery_id(dead->back().delivery)));
  return page;
}

/// Newest attempt first; a delivery is shown at its last attempt, so older ones are passed over.
Result<Page> attempted_page(Services& services, const Call& call, const EndpointId& endpoint,
                            const Json& position, bool only_delivered, std::size_t limit) {
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
  if (auto record = live_record(services, *key); !record) return problem(record.error());
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
              : state == "dead"
                  ? dead_page(services, call, endpoint, position, *limit)
                  : attempted_page(services, call, endpoint, position, state == "delivered", *limit);
  if (!page) return problem(page.error());
  return json_reply(200, {{"deliveries", std::move(page->deliveries)}, {"nextToken", std::move(page->next)}});
}

/// The delivery that the path names, at an endpoint that the caller owns.
Result<DeliveryKey> delivery_param(Services& services, const Call& call) {
  auto endpoint = record_param(call, Kind::endpoint);
  if (!endpoint) return endpoint.error();
  if (auto record = live_record(services, *endpoint); !record) return record.error();
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
  for (const auto& attempt : delivery->attempts) list.push_back(present(attempt));
  (*shown)["attempts"] = std::move(list);
  return json_reply(200, *shown);
}

void resend(Services& services, Call call, net::Respond respond) {
  auto delivery = known_delivery(services, call);
  if (!delivery) return respond(problem(delivery.error()));
  const DeliveryKey key = delivery->view.key;
  audited(
      services, call,
      {.action = "delivery.resent",
       .kind = "delivery",
       .id = delivery_id(key),
       .details = {{"endpoint", key.endpoint.text()}}},
      std::move(respond), [&services, key](net::Respond answer) {
        services.runner.resend(key, [key, answer = std::move(answer)](Result<void> queued) mutable {
          if (!queued) return answer(problem(queued.error()));
          answer(json_reply(202, {{"message", "The event is on its way again."}, {"id", delivery_id(key)}}));
        });
      });
}

}  // namespace

std::vector<Route> delivery_routes() {
  return {
      route("GET", "/v1/endpoints/{endpointId}/deliveries", Scope::read, list),
      route("GET", "/v1/endpoints/{endpointId}/deliveries/{deliveryId}", Scope::read, get),
      {"POST", "/v1/endpoints/{endpointId}/deliveries/{deliveryId}/resend", Scope::write, resend},
  };
}

}  // namespace deltapost::api
