// Ledger: what a stranger makes of a system's log. It folds every change by rules of its own, keeps every
// version of every record, and finds fault with whatever does not fit. All that others check is held against
// it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulation/core/timeline.hpp"
#include "store/store.hpp"

namespace deltapost::simulation {

/// A change, and the record as it left it.
struct Known {
  store::Part part = 0;
  store::Seq seq = 0;
  Version version = 0;
  Time at{};
  Origin origin;
  JsonObject changes;     // {"dotted.path": {"old", "new"}}
  JsonObject document;    // folded
  std::string text;       // of the changes, as it stood in the log
  bool redacted = false;  // its values were taken out before anybody saw them
};

class Ledger {
 public:
  explicit Ledger(Timeline& timeline, std::string whose) : timeline_(timeline), whose_(std::move(whose)) {}

  /// Reads what is new in the log.
  void follow(store::Store& store);
  /// After a start: the log holds all that it held, word for word, but for what was redacted since.
  void recheck(store::Store& store);
  /// At the end: every record is what its changes fold to.
  void compare_records(store::Store& store);

  const std::map<RecordKey, std::vector<Known>>& records() const { return records_; }
  /// nullptr: it has no such version.
  const Known* find(const RecordKey& record, Version version) const;
  const Known* newest(const RecordKey& record) const;
  /// The record as it was then; nullptr: it was not yet.
  const Known* at_time(const RecordKey& record, Time time) const;
  /// In the order of each partition's log.
  const std::vector<std::pair<RecordKey, Version>>& log() const { return log_; }
  /// How many changes set the field to this value.
  std::size_t times_set(const std::string& path, const std::string& value) const;
  /// How many changes came of that receipt.
  std::size_t changes_of(store::ReceiptNumber receipt) const;
  std::optional<RecordKey> record_with(const AccountId& account, Kind kind, const std::string& id) const;

  /// Changes that have lost their values since they were read: an erasure, or retention.
  std::set<std::pair<store::Part, store::Seq>>& redacted_since() { return redacted_since_; }

 private:
  void take(store::Store& store, const store::LogEntry& entry);
  void fold(JsonObject& document, const JsonObject& changes, const std::string& name);

  Timeline& timeline_;
  std::string whose_;
  std::map<store::Part, store::Seq> read_;
  std::map<store::Part, Time> newest_time_;
  std::map<RecordKey, std::vector<Known>> records_;
  std::vector<std::pair<RecordKey, Version>> log_;
  std::map<std::pair<std::string, std::string>, std::size_t> times_set_;
  std::map<store::ReceiptNumber, std::size_t> of_receipt_;
  std::set<std::pair<store::Part, store::Seq>> redacted_since_;
};

/// A JSON string as text; empty for anything else.
std::string text_of(const Json& value);

/// The value at a dotted path of plain names; nullptr: absent.
const Json* value_at(const JsonObject& document, const std::string& path);

}  // namespace deltapost::simulation
