// Facts: what the store says, read over the API as anybody could read it, and what was acknowledged. The two
// have the same shape, so that they can be held against each other.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "record/json.hpp"
#include "record/record.hpp"

namespace deltapost::torture {

/// A record as the wire names it.
struct RecordName {
  Kind kind = Kind::lead;
  std::string id{};

  std::string text() const { return std::string(to_string(kind)) + " " + id; }
  friend auto operator<=>(const RecordName&, const RecordName&) = default;
};

/// The two sides of a field; nullopt: it is absent.
struct Sides {
  std::optional<Json> old{}, now{};
};

/// By dotted path.
using Fields = std::map<std::string, Sides>;

struct Event {
  std::string type, id;
};

/// A change as the log has it.
struct StoredChange {
  RecordName record;
  Version version = 0;
  Fields fields{};
  std::vector<Event> events{};  // that it means to the outside
};

struct StoredReceipt {
  std::string id, verdict;
  std::string digest{};  // SHA-256 of the body as it came, in hex
};

struct Stored {
  std::vector<StoredChange> changes;  // in the order of the log
  std::map<RecordName, JsonObject> documents;
  std::vector<StoredReceipt> receipts;
};

}  // namespace deltapost::torture
