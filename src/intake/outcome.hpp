// Outcome: what a receipt said, item by item, and what came of it. Kept as JSON beside the receipt, and
// shown:
//
//   {"reason", "field",                                 why the whole was refused or set aside
//    "format", "contentType", "size", "digest", "peer", the request, told without its content
//    "items": [{"verdict", "event", "eventId", "record": {"kind", "id"}, "version", "time",
//               "changed": ["additionalInfo.state"], "updatedAttributes": ["…"],
//               "flags": [{"flag", "field", "message"}], "ignored": ["…"], "reason", "field", "receipt"}]}
//
// Members that would be empty are left out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/inbound.hpp"
#include "intake/reconcile.hpp"
#include "record/record.hpp"
#include "store/types.hpp"

namespace deltapost::intake {

using store::Verdict;

std::string_view to_string(Verdict verdict);  // accepted, duplicate, stale, no_change, quarantined, rejected
std::optional<Verdict> parse_verdict(std::string_view text);

/// A receipt's number as answers show it: rc_12. nullopt for a text that is none.
std::string receipt_id(store::ReceiptNumber number);
std::optional<store::ReceiptNumber> parse_receipt_id(std::string_view text);

/// Something about an item that a person might want to know: what reconcile found (gap, outrun, equal_time,
/// write_once, identity), other_content (an event id that came before with another content), echo,
/// attributes_differ (the sender's list of what changed is not what did), warning (a rule of severity warn).
struct Flag {
  std::string name, field, message;
};

/// About a person whose data was erased: acknowledged, so that the sender rests, but neither applied nor
/// kept.
inline constexpr std::string_view kErasedFlag = "erased";
/// A change that was here before, told back (intake/echo.hpp).
inline constexpr std::string_view kEchoFlag = "echo";

struct ItemOutcome {
  Verdict verdict = Verdict::accepted;
  std::string event{}, event_id{};
  std::optional<RecordKey> record{};
  Version version = 0;  // that it made; 0: none
  std::optional<Time> time{};
  std::vector<std::string> changed{};  // dotted
  std::optional<std::vector<std::string>> updated_attributes{};
  std::vector<Flag> flags{};
  std::vector<std::string> ignored{};
  std::string reason{}, field{};   // of quarantined and rejected
  store::ReceiptNumber first = 0;  // of duplicates: the receipt that brought it
};

struct Outcome {
  std::vector<ItemOutcome> items{};
  std::string reason{}, field{};
  std::optional<Verdict> whole{};  // when it was judged as a whole, before its items

  Verdict verdict() const;
  bool has_flag(std::string_view name) const;
};

/// What came of an item, as a replay has to know it.
struct Decided {
  Verdict verdict = Verdict::accepted;
  std::optional<RecordKey> record{};
  Version version = 0;

  /// Whether it left something: in the record, its clocks, or what was seen.
  bool had_effect() const {
    return verdict == Verdict::accepted || verdict == Verdict::stale || verdict == Verdict::no_change;
  }
};

/// Of the items of a kept outcome, in their order; none where it was judged as a whole, or erased.
std::vector<Decided> decided_items(const AccountId& account, std::string_view outcome);

JsonObject to_json(const ItemOutcome& item);
/// items, reason and field.
JsonObject to_json(const Outcome& outcome);

}  // namespace deltapost::intake
