// Inbound: what a webhook of someone else says, in our words. A request holds items (one, or an array of
// them); each item states something about one record. Pure functions: bytes and headers in, statements out.
// What the statements do to records is intake's business.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "record/path.hpp"
#include "record/record.hpp"

namespace deltapost::format {

enum class InboundFormat { apten, iclosed, standard, generic, form };

std::string_view to_string(InboundFormat format);
std::optional<InboundFormat> parse_inbound_format(std::string_view text);

/// What a statement is about, as far as it says. At least one member is filled in.
struct Subject {
  Kind kind = Kind::lead;
  std::string id{};     // as RecordKey::id; empty: to be found by phone or e-mail, or new
  std::string phone{};  // normalised
  std::string email{};
};

/// That one field had a value (full objects), or got it (deltas). Fields are as fine as they are merged: the
/// members of additionalInfo and tracking, the labels of questionsAndAnswers (numbered pairs are turned into
/// labels), one tag {"tags", "<name>"}; anything else is a top-level member whole. A null for one of these
/// containers states the container itself: all below it is gone.
struct StatedField {
  FieldPath path;
  std::optional<Json> value;  // nullopt: it is gone. null: it is empty (which for additionalInfo means gone)
  bool has_old = false;       // a delta that says what was there before:
  std::optional<Json> old{};  // nullopt or null there: nothing
  unsigned number = 0;        // of a question, as the sender numbers it; 0: it does not
  bool partial = false;       // the value is a patch (RFC 7396) of an object that is stated whole otherwise
};

struct Statement {
  enum class Nature {
    full,   // a snapshot of the record, perhaps of a part of it: what is missing is not stated
    delta,  // what changed
    note,   // an event that states no field: it belongs on the record's timeline
  };
  Nature nature = Nature::full;
  std::string event;                 // as the sender names it
  std::string event_id;              // as the sender gives it; empty: none
  std::optional<Subject> subject{};  // nullopt only for notes about nobody we can name
  std::optional<Time> time{};        // when it was so, by the sender's clock; nullopt: it does not say
  bool whole_second = false;  // it was told without a fraction: any moment of the second that begins then
  std::string time_field = "time";  // the member that says so, for whoever must mend it
  std::uint64_t sequence = 0;  // tells statements of one time apart where the sender numbers them; else 0
  std::vector<StatedField> fields{};
  /// The whole record beside a delta, for who has never heard of it; each field as in `fields`, without old.
  std::vector<StatedField> base{};
  std::optional<std::vector<std::string>> updated_attributes{};  // the sender's own list of what changed
  std::vector<std::string> ignored{};  // dotted names of members that have no place in our record
  std::string actor{};                 // who made the change at the sender's; empty: it does not say
  /// What two copies of one statement have in common, and two statements do not: canonical JSON (keys sorted)
  /// without what changes from one try to the next (Apten's timestamp of sending).
  std::string content;
};

struct Item {
  Json raw;  // as it came, for schemas and for a person to look at
  Result<Statement> statement;
};

/// Where a generic source finds things, as JSON pointers (RFC 6901) into an item; a leading "header:" names a
/// header instead, for event_id and event.
struct Mapping {
  Kind kind = Kind::lead;
  bool delta = false;   // the values are what changed, not the whole
  std::string items{};  // pointer to the array of items; empty: the body, array or object
  std::string event_id{}, event{}, id{}, time{};
  /// field of ours (dotted: "additionalInfo.plan", "email") -> pointer (generic) or field name (form)
  std::vector<std::pair<std::string, std::string>> fields{};
  /// Where fields of a form without a mapping go: "additionalInfo", "questionsAndAnswers" or "tracking".
  std::string rest{};
};

/// {"kind", "delta", "items", "eventId", "event", "id", "time", "fields"} for generic, {"kind", "fields",
/// "rest"} for form, see docs/formats/inbound.md. Field names are those that can be written to a record of
/// the kind. Fault::invalid names the member, below `field`.
Result<Mapping> parse_mapping(InboundFormat format, const Json& value, std::string_view field);
Json mapping_to_json(const Mapping& mapping);

struct InboundRequest {
  std::string_view body;
  /// Case does not matter. May be empty: no headers.
  std::function<std::optional<std::string_view>(std::string_view name)> header{};
  Time received_at{};
};

struct InboundLimits {
  std::size_t max_items = 100;
  std::size_t max_bytes = 1 << 20;
};

/// All items of a request, at least one. An error: nothing of the body can be used (not JSON, no item, too
/// many, a Content-Encoding, for form a Content-Type that it does not know; the others do not look at it).
/// `mapping` is looked at by generic and form. An item that is not as its format says holds an Error that
/// names the member.
///
/// What the formats do that is not plain from the fields:
///   apten     lead.created, lead.updated and lead.deleted, which only a Deltapost sends, are notes: it sends
///             standard to tell everything
///   iclosed   deletedAt and "Contact deleted" delete nothing; deletedAt is listed in `ignored`
///   standard  tags are stated whole. Where a member of event, latestCall or disqualifyingGroup changed, the
///             whole is stated with old and new when the record is there; else the changed members alone, to
///             be merged, without old
///   form      values are what the field of the record wants: numbers, booleans and normalised phones
Result<std::vector<Item>> parse_inbound(InboundFormat format, const Mapping& mapping,
                                        const InboundRequest& request, const InboundLimits& limits = {});

/// Keys sorted at every depth, numbers as to_text writes them.
std::string canonical_text(const Json& value);
/// The same without one member.
std::string canonical_text(const JsonObject& object, std::string_view without);

}  // namespace deltapost::format
