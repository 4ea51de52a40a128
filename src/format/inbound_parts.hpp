// The pieces that the inbound formats share: reading ids, times and phones, and taking a record or a change
// apart into stated fields. Private to the room. Every error names the member by the path it is given.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/inbound.hpp"
#include "record/diff.hpp"

namespace deltapost::format {

/// Of the sender's ids and names of events, as they are kept.
inline constexpr std::size_t kMaxEventIdBytes = 256;
inline constexpr std::size_t kMaxEventNameBytes = 128;
/// Names of members without a place that are listed; a body can hold any number.
inline constexpr std::size_t kMaxIgnored = 100;

/// An item is read by one of these.
using ItemReader = Result<Statement> (*)(const Json& item, const Mapping& mapping,
                                         const InboundRequest& request);

Result<Statement> read_apten(const Json& item, const Mapping& mapping, const InboundRequest& request);
Result<Statement> read_iclosed(const Json& item, const Mapping& mapping, const InboundRequest& request);
Result<Statement> read_standard(const Json& item, const Mapping& mapping, const InboundRequest& request);
Result<Statement> read_generic(const Json& item, const Mapping& mapping, const InboundRequest& request);
Result<Statement> read_form(const Json& item, const Mapping& mapping, const InboundRequest& request);

/// The fields of a form as one object: a text, or an array of texts where a name is given more than once.
/// File parts are null. By Content-Type: urlencoded, multipart or a JSON object.
Result<Json> read_form_body(const InboundRequest& request, const InboundLimits& limits);

// ---- values

/// The member, unless it is absent or null.
const Json* present(const JsonObject& object, std::string_view name);

/// A member that must be a string that is not empty.
Result<std::string> required_text(const JsonObject& object, std::string_view name, std::string_view field);

/// [A-Za-z0-9_.:-]{1,64}; a whole number counts as its text where `numbers`.
Result<std::string> read_lead_id(const Json& value, std::string_view field, bool numbers = false);
/// 1 to 2^53 - 1, as RecordKey::id; digits in a string count where `digits`.
Result<std::string> read_contact_id(const Json& value, std::string_view field, bool digits = false);
/// Normalised, see lead::normalise_phone.
Result<std::string> read_phone(const Json& value, std::string_view field);
/// RFC 3339.
Result<Time> read_time(const Json& value, std::string_view field);
/// When it was so, as `told`: RFC 3339.
Result<void> state_time(Statement& statement, const Json& told, std::string_view field);
/// RFC 3339, or Unix time in seconds or milliseconds, as a number or its text.
Result<void> state_any_time(Statement& statement, const Json& told, std::string_view field);
/// The text of a string, number or boolean.
Result<std::string> scalar_text(const Json& value, std::string_view field);

void ignore(Statement& statement, std::string name);

// ---- fields

inline constexpr std::string_view kAdditionalInfo = "additionalInfo";
inline constexpr std::string_view kTracking = "tracking";
inline constexpr std::string_view kAnswers = "questionsAndAnswers";

/// Whether the kind keeps the field member by member: additionalInfo of leads, tracking and
/// questionsAndAnswers of contacts.
bool is_container(Kind kind, std::string_view name);

/// The members of a record that can be stated; id, updatedAt and version are none.
std::span<const std::string_view> stated_members(Kind kind);

/// `name: value` of a record, as fine as fields are. `field` is where it stands.
Result<void> state_member(std::vector<StatedField>& fields, Kind kind, std::string_view name,
                          const Json& value, std::string_view field);

/// {name, below}
FieldPath path_of(std::string_view name, std::string_view below);

/// One question, whichever way it is spelled.
struct Answer {
  std::string label;
  Json value;  // a string, or null
  unsigned number = 0;
};

/// The questions of questionsAndAnswers, each once, numbered ones first. Fault::invalid for spellings that
/// contradict each other, answers that are no text, and more than contact::kMaxAnswers.
Result<std::vector<Answer>> read_answers(const JsonObject& object, std::string_view field);

/// What a diff of a record states, as fine as fields are, with the old values. `record`, after the change,
/// completes what is only whole; nullptr: not known. `ignored` gets names that are no fields.
Result<std::vector<StatedField>> state_changes(const Diff& changes, Kind kind, const JsonObject* record,
                                               const std::string& field, Statement& statement);

}  // namespace deltapost::format
