// A delivery as the API shows it: from wherever it stands, held, dead or attempted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "base/result.hpp"
#include "format/event.hpp"

namespace deltapost::api {

/// "<part>-<seq>-<event index>".
std::string delivery_id(const store::DeliveryKey& key);
std::optional<store::DeliveryKey> parse_delivery_id(std::string_view text, const EndpointId& endpoint);

/// The change and event that a delivery is about.
struct DeliverySubject {
  Change change;
  format::Event event;  // without id and type when the change was redacted
};

/// Fault::not_found when the log has no such change, or the change no such event.
Result<DeliverySubject> subject_of(Services& services, const store::DeliveryKey& key);

/// What is known of a delivery.
struct DeliveryView {
  store::DeliveryKey key;
  store::Outcome state = store::Outcome::retrying;
  std::uint32_t tries = 0;
  std::optional<Time> first_sent_at{}, next_try_at{};
  std::string reason{};  // why it is dead
};

DeliveryView view_of(const store::Hold& hold);
DeliveryView view_of(const store::DeadDelivery& dead);

/// What is held at an endpoint, in the order of the log.
Result<std::vector<store::Hold>> holds_of(Services& services, const EndpointId& endpoint);

/// Where a delivery stands now: held, dead, or as its last attempt left it. nullopt: it was never sent.
Result<std::optional<DeliveryView>> find_delivery(Services& services, const store::DeliveryKey& key,
                                                  const std::vector<store::Hold>& holds,
                                                  const std::vector<store::Attempt>& attempts);

Result<JsonObject> present(Services& services, const DeliveryView& view,
                           const std::vector<store::Attempt>& attempts);
JsonObject present(const store::Attempt& attempt);

/// Null for an empty text; what an endpoint answered may be anything, and JSON holds only UTF-8.
Json text_or_null(const std::string& text);

}  // namespace deltapost::api
