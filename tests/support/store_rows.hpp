// Rows for tests of stores: short to write, and all that is not said is the same everywhere.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "record/diff.hpp"
#include "store/store.hpp"

namespace deltapost::testing {

inline constexpr Time kSomeTime{Millis{1'764'000'000'000}};

inline Time after_ms(std::int64_t millis) {
  return kSomeTime + Millis{millis};
}

inline RecordKey lead_key(const std::string& id, const std::string& account = "acme") {
  return {AccountId(account), Kind::lead, id};
}

inline store::DeliveryProgressPtr shared(store::DeliveryProgress progress) {
  return std::make_shared<const store::DeliveryProgress>(std::move(progress));
}

inline store::RecordWrite write_of(const RecordKey& key, Version version, const std::string& document,
                                   Time at = kSomeTime) {
  store::RecordWrite write;
  write.entry.key = key;
  write.entry.version = version;
  write.entry.at = at;
  write.entry.origin = {"key:k1", "api"};
  write.entry.changes = R"({"v":{"new":)" + std::to_string(version) + "}}";
  write.entry.document = std::make_shared<const std::string>(document);
  write.updated_at = at;
  return write;
}

/// A write whose document only tells its version.
inline store::RecordWrite write_of(const RecordKey& key, Version version, Time at = kSomeTime) {
  return write_of(key, version, R"({"v":)" + std::to_string(version) + "}", at);
}

/// A write that takes a record from one document to the next.
inline store::RecordWrite change_to(const RecordKey& key, Version version, const JsonObject& before,
                                    const JsonObject& after, Time at = kSomeTime) {
  auto write = write_of(key, version, to_text(after), at);
  write.entry.changes = to_text(diff_to_json(diff(before, after)));
  return write;
}

inline store::Batch batch_of(std::vector<store::RecordWrite> writes) {
  store::Batch batch;
  batch.writes = std::move(writes);
  return batch;
}

inline store::UniqueValue phone_of(const std::string& value, const std::string& account = "acme") {
  return {AccountId(account), "lead.phone", value};
}

/// The n-th receipt of a partition, of account acme's source s1.
inline store::Receipt receipt_of(std::uint64_t n, store::Part part = 0) {
  store::Receipt receipt;
  receipt.number = store::before_receipts(part) + n;
  receipt.account = AccountId("acme");
  receipt.source = "s1";
  receipt.at = after_ms(static_cast<std::int64_t>(n));
  receipt.headers = R"({"content-type":"application/json"})";
  receipt.body = "body " + std::to_string(n);
  receipt.outcome = R"({"n":)" + std::to_string(n) + "}";
  return receipt;
}

/// The n-th try of a delivery, answered with 503.
inline store::Attempt attempt_at(const store::DeliveryKey& delivery, std::uint32_t nth = 1) {
  store::Attempt attempt;
  attempt.delivery = delivery;
  attempt.event_type = "lead.updated";
  attempt.event_id = "0123456789abcdef0123456789abcdef";
  attempt.attempt = nth;
  attempt.at = after_ms(100 * nth);
  attempt.first_sent_at = after_ms(100);
  attempt.latency_ms = 12;
  attempt.status = 503;
  attempt.outcome = store::Outcome::retrying;
  return attempt;
}

inline void expect_same(const store::Attempt& a, const store::Attempt& b) {
  EXPECT_EQ(a.number, b.number);
  EXPECT_EQ(a.delivery, b.delivery);
  EXPECT_EQ(a.event_type, b.event_type);
  EXPECT_EQ(a.event_id, b.event_id);
  EXPECT_EQ(a.attempt, b.attempt);
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.first_sent_at, b.first_sent_at);
  EXPECT_EQ(a.latency_ms, b.latency_ms);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.response, b.response);
}

/// Plain characters of JSON that take as much room packed as they are.
inline std::string unpackable(std::size_t bytes) {
  std::string text;
  for (std::uint64_t state = bytes; text.size() < bytes;) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    text += static_cast<char>('0' + (state >> 33) % 43);  // up to Z
  }
  return text;
}

/// The value of a result that must be one; the test fails with its error otherwise.
template <class T>
T value_of(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << "unexpected error: " << result.error().message;
    return T{};
  }
  return *std::move(result);
}

template <class T>
Fault fault_of(const Result<T>& result) {
  if (result) {
    ADD_FAILURE() << "an error was expected";
    return Fault::internal;
  }
  return result.error().fault;
}

}  // namespace deltapost::testing
