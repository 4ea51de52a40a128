// A record with its clocks that hears statements, as a receiver keeps the two; and statements, short to
// write.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intake/reconcile.hpp"
#include "record/contact.hpp"
#include "record/diff.hpp"
#include "record/lead.hpp"

namespace deltapost::intake {

using format::StatedField;
using format::Statement;

inline const AccountId kAccount("acc_1");
inline const Time kStart{std::chrono::seconds{1'746'800'000}};

inline RecordKey contact_key() {
  return {kAccount, Kind::contact, contact_key_id(5)};
}
inline RecordKey lead_key() {
  return {kAccount, Kind::lead, "lead_1"};
}

inline Time at(int seconds) {
  return kStart + std::chrono::seconds{seconds};
}

inline Statement full(std::vector<StatedField> fields) {
  Statement statement;
  statement.fields = std::move(fields);
  return statement;
}

inline Statement delta(std::vector<StatedField> fields) {
  Statement statement = full(std::move(fields));
  statement.nature = Statement::Nature::delta;
  return statement;
}

inline StatedField changed(FieldPath path, std::optional<Json> old, std::optional<Json> now) {
  return {.path = std::move(path), .value = std::move(now), .has_old = true, .old = std::move(old)};
}

/// A record with its clocks, as a receiver keeps the two; the clocks go through their text each time.
class Kept {
 public:
  explicit Kept(RecordKey key) { record_.key = std::move(key); }

  Reconciled hear(const Statement& statement, Stamp stamp) {
    auto clocks = text_.empty() ? Result<Clocks>(Clocks{}) : Clocks::parse(text_, record_.document);
    EXPECT_TRUE(clocks) << clocks.error().message;
    auto heard = reconcile(record_, *clocks, statement, stamp);
    EXPECT_TRUE(heard) << heard.error().message;
    if (!heard) return {};
    const Diff changes = diff(record_.document, heard->document);
    JsonObject folded = record_.document;
    EXPECT_TRUE(apply_diff(folded, changes));
    EXPECT_TRUE(same_json(folded, heard->document));
    if (!changes.empty()) ++record_.version;
    record_.document = heard->document;
    heard->clocks.version = record_.version;
    text_ = heard->clocks.text(record_.document);
    return *std::move(heard);
  }
  Reconciled hear(const Statement& statement, int seconds) { return hear(statement, Stamp{at(seconds), 0}); }

  /// Somebody else's write, as the API makes it.
  void write(const JsonObject& patch, int seconds) {
    write_whole(*contact::update(record_.document, patch), seconds);
  }
  void write_whole(JsonObject document, int seconds) {
    Record before = record_;
    record_.document = std::move(document);
    ++record_.version;
    auto clocks = *Clocks::parse(text_, record_.document);
    clocks.catch_up({record_.key, record_.version, at(seconds), {}, diff(before.document, record_.document)},
                    at(seconds));
    text_ = clocks.text(record_.document);
  }

  const JsonObject& document() const { return record_.document; }
  Json get(const char* name) const { return record_.document.at(name); }
  Version version() const { return record_.version; }

 private:
  Record record_;
  std::string text_;
};

}  // namespace deltapost::intake
