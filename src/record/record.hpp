// What is remembered: a record, and the change that took it from one version to the next.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/time.hpp"
#include "record/diff.hpp"
#include "record/json.hpp"

namespace deltapost {

/// Leads and contacts are what Deltapost is for. Endpoints, sources, keys and accounts are remembered in the
/// same way, so that who changed what, when and from which value is known for them too. audit: one record per
/// account, whose history is the account's audit log (intake/audit.hpp).
enum class Kind : std::uint8_t {
  lead = 1,
  contact = 2,
  endpoint = 3,
  api_key = 4,
  account = 5,
  source = 6,
  audit = 7
};

inline constexpr std::array kAllKinds{Kind::lead,    Kind::contact, Kind::endpoint, Kind::api_key,
                                      Kind::account, Kind::source,  Kind::audit};

std::string_view to_string(Kind kind);
std::optional<Kind> parse_kind(std::string_view text);

/// 1, 2, 3 … per record, without gaps. 0: it does not exist yet.
using Version = std::uint64_t;

struct RecordKey {
  AccountId account;
  Kind kind = Kind::lead;
  std::string id;  // as the wire shows it, but a contact's number is padded, see contact_key_id

  friend bool operator==(const RecordKey&, const RecordKey&) = default;
  friend auto operator<=>(const RecordKey&, const RecordKey&) = default;
};

/// A contact's id as RecordKey::id: 16 digits, zero-padded, so that text order is number order. id < 2^53.
std::string contact_key_id(std::uint64_t id);
/// The id as the wire shows it: `5` for contact 0000000000000005, unchanged for other kinds.
std::string wire_id(const RecordKey& key);

struct Record {
  RecordKey key;
  Version version = 0;
  JsonObject document{};  // without version and updatedAt, which are kept beside it
  Time created_at{};
  Time updated_at{};
  bool deleted = false;
};

/// A document as text, and the place in it where updatedAt is put in when it is shown (record/present.hpp).
struct DocumentText {
  std::string text;
  std::size_t updated_at = 0;
};

/// What a change did, and the record as it left it: parsed, for who follows the log closely.
struct Step {
  Diff changes;
  Record after;
  DocumentText text{};  // of after.document
};

/// Who made a change, and through which door it came.
struct Origin {
  std::string actor;   // "key:<id>", "system:<part>", "source:<id>"
  std::string source;  // "api", "import", "source:<id>", "delivery"
  /// The receipt that brought it (store::ReceiptNumber); 0: none did.
  std::uint64_t receipt = 0;
};

/// One committed step of a record from version n-1 to n.
struct Change {
  RecordKey key;
  Version version = 0;
  Time at{};
  Origin origin;
  Diff fields;
};

}  // namespace deltapost

template <>
struct std::hash<deltapost::RecordKey> {
  std::size_t operator()(const deltapost::RecordKey& key) const noexcept {
    std::size_t h = std::hash<std::string>{}(key.id);
    h ^= std::hash<std::string>{}(key.account.text()) + 0x9e3779b97f4a7c15ULL + (h << 6) + (h >> 2);
    return h * 31 + static_cast<std::size_t>(key.kind);
  }
};
