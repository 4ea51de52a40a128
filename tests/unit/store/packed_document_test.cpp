// Packed documents: what is stored is shorter and gives the text back; what is damaged is told from it.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "base/encoding.hpp"
#include "store/sqlite/packed_document.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/verify.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::store::sqlite {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

const std::string kContact =
    R"({"id":7,"userId":4,"accountId":3,"firstName":"Raya","lastName":"Fleming","email":"r7@example.com",)"
    R"("phoneNumber":null,"secondary_email":null,"secondary_phoneNumber":null,"status":"QUALIFIED",)"
    R"("createdAt":"2025-05-09T15:28:40.783Z","previewId":"contact_7","timeZone":"Asia/Karachi",)"
    R"("joinedTime":"2025-05-09T15:28:40.783Z","country":"PK","ipAddress":"::1","questionsAndAnswers":{)"
    R"("1_question":"Team size","1_response":"11 to 50","Team size":"11 to 50"},"event":null,"tracking":{},)"
    R"("latestCall":null,"disqualifyingGroup":[],"deletedAt":null})";

TEST(PackedDocuments, TakeLessThanHalfOfAContact) {
  const std::string packed = pack_document(kContact);
  EXPECT_LT(packed.size(), kContact.size() / 2) << packed.size() << " of " << kContact.size();
  EXPECT_EQ(unpack_document(packed), kContact);
}

TEST(PackedDocuments, GiveEveryTextBack) {
  for (const std::size_t bytes : {0u, 1u, 13u, 63u, 64u, 65u, 255u, 4096u, 70'000u, 300'000u}) {
    SCOPED_TRACE(bytes);
    const std::string same = "{" + std::string(bytes, 'a'), other = "{" + unpackable(bytes),
                      some = kContact + unpackable(bytes) + kContact;
    for (const std::string& text : {same, other, some}) {
      const std::string packed = pack_document(text);
      EXPECT_LE(packed.size(), text.size());
      EXPECT_EQ(unpack_document(packed), text);
    }
  }
}

TEST(PackedDocuments, AreReadWithWhatWasKnownWhenTheyWereWritten) {
  // As the first program of schema 4 stored it: whoever edits what is known loses documents.
  const std::string stored =
      value_of(from_hex("019b000003e805646c6561645f31b201025e004f224164617406081135010046303130333801"
                        "016100077d040210000f7e0618c06973486f74223a747275657d"));
  EXPECT_EQ(unpack_document(stored),
            R"({"id":"lead_1","firstName":"Ada","lastName":"","phone":"+15555550103","email":null,)"
            R"("timeZone":null,"customerProfile":null,"additionalInfo":{},"isHot":true})");
}

TEST(PackedDocuments, ThatAreDamagedAreNoOtherDocument) {
  const std::string packed = pack_document(kContact);
  for (std::size_t length = 0; length < packed.size(); ++length)
    EXPECT_EQ(unpack_document(packed.substr(0, length)), packed.substr(0, length));
  for (std::size_t at = 1; at < 4; ++at) {
    std::string other_length = packed;
    other_length[at] = static_cast<char>(other_length[at] + 1);
    EXPECT_EQ(unpack_document(other_length), other_length);
  }
}

class PackedDocumentsInAStore : public ::testing::Test {
 protected:
  void open() {
    store_.reset();
    store_ = value_of(SqliteStore::open({.path = path_}));
  }
  /// The first value of the first row.
  std::string sql(const std::string& text) {
    store_.reset();
    sqlite3* database = nullptr;
    sqlite3_stmt* rows = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_prepare_v2(database, text.c_str(), -1, &rows, nullptr), SQLITE_OK) << text;
    std::string value;
    if (sqlite3_step(rows) == SQLITE_ROW)
      value.assign(static_cast<const char*>(sqlite3_column_blob(rows, 0)),
                   static_cast<std::size_t>(sqlite3_column_bytes(rows, 0)));
    sqlite3_finalize(rows);
    sqlite3_close(database);
    open();
    return value;
  }

  TempDir folder_{TempDir::Where::memory};
  std::string path_ = folder_.file("store");
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(PackedDocumentsInAStore, LieInPagesOf1024Bytes) {
  open();
  const RecordKey key{AccountId("acme"), Kind::contact, "0000000000000007"};
  ASSERT_TRUE(store_->commit(batch_of({write_of(key, 1, kContact)})));
  EXPECT_EQ(value_of(store_->find(key))->document, kContact);
  EXPECT_EQ(sql("PRAGMA page_size"), "1024");
  EXPECT_EQ(sql("SELECT document FROM records"), pack_document(kContact));
}

TEST_F(PackedDocumentsInAStore, TakeThePlaceOfATextWithTheRecordsNextChange) {
  open();
  const RecordKey key = lead_key("a");
  ASSERT_TRUE(store_->commit(batch_of({write_of(key, 1, kContact)})));
  sql("UPDATE records SET document = '" + kContact + "'");  // as a program of schema 3 stored it
  EXPECT_EQ(value_of(store_->find(key))->document, kContact);
  EXPECT_EQ(value_of(store_->find_to_write(key))->document, kContact);
  store_->end_reading_to_write();
  ASSERT_TRUE(store_->commit(batch_of({write_of(key, 2, kContact)})));
  EXPECT_EQ(sql("SELECT document FROM records"), pack_document(kContact));
}

TEST_F(PackedDocumentsInAStore, ThatAreDamagedAreFoundByVerify) {
  open();
  ASSERT_TRUE(store_->commit(batch_of({write_of(lead_key("a"), 1, kContact)})));
  sql("UPDATE records SET document = CAST(substr(document, 1, 99) AS BLOB)");
  const auto report = value_of(verify(*store_));
  ASSERT_FALSE(report.sound());
  EXPECT_NE(report.problems.front().find("JSON"), std::string::npos) << report.problems.front();
}

}  // namespace
}  // namespace deltapost::store::sqlite
