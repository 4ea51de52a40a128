// What the measurements work on: a lead and a contact of usual size, the updates that they get, the changes
// and webhooks that come of it. The same at each run.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "format/format.hpp"
#include "format/inbound.hpp"
#include "format/verifier.hpp"
#include "record/edit.hpp"
#include "record/record.hpp"
#include "store/types.hpp"

namespace deltapost::bench {

inline constexpr Time kNow{Millis{1'764'000'000'000}};
inline const AccountId kAccount{"acme"};

/// The value of a result that cannot but be one.
template <class T>
T good(Result<T> result) {
  DP_CHECK(result.has_value());
  return *std::move(result);
}

// ---- records; of kind lead or contact

JsonObject object(std::string_view text);
/// What creates a lead: 200 bytes. A whole contact: 1.4 kB.
std::string_view text_of(Kind kind);
RecordKey key_of(Kind kind, std::size_t number);
JsonObject document_of(Kind kind, std::size_t number = 1);
/// The body of an update. The two turns undo each other, so that each of a row of updates changes something.
std::string_view patch_of(Kind kind, std::size_t turn);
/// The record after that update, whichever it was before.
Edited updated(Kind kind, JsonObject current, const JsonObject& patch);

// ---- changes

/// The document after `patch_of(kind, 1)`, and what that changed.
format::ChangeView change_of(Kind kind);
/// The same change as a line of the log, its document at hand.
store::LogEntry row_of(Kind kind, std::size_t number, Version version);
/// The event of that type.
format::Event event_of(const format::ChangeView& view, std::string_view type);

// ---- webhooks of others

using Texts = std::map<std::string, std::string, std::less<>>;

/// A request as its sender signed and sent it.
struct Webhook {
  format::InboundFormat format{};
  format::Mapping mapping{};
  format::Verifier verifier{};
  std::string secret{}, body{};
  Texts headers{}, parameters{};

  Result<void> verify() const;
  Result<std::vector<format::Item>> parse() const;
};

Webhook webhook_of(format::InboundFormat format, std::string_view verifier);
/// The verifier that JSON text describes, and a secret that it takes.
format::Verifier verifier_of(std::string_view text);
std::string secret_of(const format::Verifier& verifier);

}  // namespace deltapost::bench
