// Source: a URL of ours that accepts webhooks, and all that is set for it. A source is a record of kind
// `source`; this is what its document means. The token in its URL and the secrets that its senders sign with
// lie sealed beside the record, never in its document.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "condition/condition.hpp"
#include "condition/schema.hpp"
#include "format/inbound.hpp"
#include "format/verifier.hpp"
#include "record/record.hpp"

namespace deltapost::intake {

/// What becomes of content that cannot be used.
enum class OnBadContent {
  quarantine,  // acknowledged with 200 and kept for a person: for senders that would only send it again
  reject,      // refused with 422, nothing of the request applied: for senders that stop then
};

enum class Severity { warn, quarantine, reject };

/// A condition that content must meet. Exactly one of schema and condition.
struct ValidationRule {
  std::string name;
  std::optional<Kind> kind;  // only for statements about this kind
  std::string event;         // only for this event; empty: for all
  Severity severity = Severity::quarantine;
  std::string message;  // what to tell a person; empty: what was found
  /// Over an item as it came.
  std::optional<condition::Schema> schema;
  /// Over {"before": record or null, "after": record, "changes": {"path": {"old", "new"}}, "event",
  /// "source"}.
  std::optional<condition::Condition> condition;
};

/// A secret or token that is still good: the newest has no end, one that was rotated out is good until
/// `until`.
struct TimedText {
  std::string text;
  std::optional<Time> until;
};

/// What is kept sealed. Newest first. No secrets with verifier none.
struct SourceSecrets {
  std::vector<TimedText> tokens, secrets;
};

struct Source {
  RecordKey key;
  Version version = 0;  // of its record
  std::string name;
  bool paused = false;
  format::Verifier verifier;
  format::InboundFormat format = format::InboundFormat::standard;
  format::Mapping mapping;
  OnBadContent on_bad_content = OnBadContent::quarantine;
  std::size_t max_body_bytes = 0;
  std::size_t max_items = 0;
  std::uint32_t rate_per_second = 0;  // 0: no limit
  std::vector<ValidationRule> rules;
  SourceSecrets secrets;

  std::vector<std::string> live_secrets(Time now) const;
};

inline constexpr std::size_t kMaxSourceBodyBytes = 1 << 20;
inline constexpr std::size_t kMaxSourceItems = 1000;

/// The document of a new source, or of an edited one, from what a user wrote. Members: name, description,
/// format (required), verifier (required; "none" has to be chosen by name), mapping (generic and form),
/// onBadContent (quarantine | reject), maxBodyBytes (1024 to 1048576), maxItems (1 to 1000), rateLimit (0 to
/// 10000 requests per second), validation (up to 50 rules), state (active | paused). Fault::invalid names the
/// member.
Result<JsonObject> create_source(const JsonObject& input, std::string_view id, Time now);
Result<JsonObject> update_source(const JsonObject& current, const JsonObject& patch);

/// What a source's secrets are sealed for (Sealer's context).
std::string source_secrets_context(const RecordKey& source);
std::string source_secrets_to_text(const SourceSecrets& secrets);
Result<SourceSecrets> source_secrets_from_text(std::string_view text);

/// The verifier of a document that create_source or update_source has checked.
format::Verifier verifier_of(const JsonObject& document);

/// The source that a stored record and its opened secrets describe. Fault::corrupt when they do not.
Result<Source> load_source(const Record& record, std::string_view opened_secrets);

}  // namespace deltapost::intake
