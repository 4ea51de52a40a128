#include "api/key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/memory_store.hpp"
#include "support/manual_clock.hpp"

namespace deltapost::api {
namespace {

using ::testing::HasSubstr;

const AccountId kAccount{"acc_1"};

class Keys : public ::testing::Test {
 protected:
  /// Makes a key and lets the ring hear of it, as the log would tell it.
  NewKey add(const std::string& fields) {
    const NewKey key = make_key(random_);
    document_ = *key_document(*parse_json_object(fields), key, Scope::system, clock_.now());
    tell(key.id);
    return key;
  }

  void tell(const std::string& id) {
    store::LogEntry entry;
    entry.key = {kAccount, Kind::api_key, id};
    entry.document = std::make_shared<const std::string>(to_text(document_));
    ring_.follow({entry});
  }

  testing::ManualClock clock_;
  SeededRandom random_{7};
  KeyRing ring_{clock_};
  JsonObject document_;
};

TEST_F(Keys, LetTheirHolderInWithTheScopeTheyHave) {
  const NewKey key = add(R"({"name": "sync", "scopes": ["read", "write"]})");
  auto caller = ring_.authenticate(key.text);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->account, kAccount);
  EXPECT_EQ(caller->scope, Scope::write);
  EXPECT_EQ(caller->key_id, key.id);
}

TEST_F(Keys, AreKeptOnlyAsAHash) {
  const NewKey key = add(R"({"name": "sync", "scopes": ["read"]})");
  const std::string secret = key.text.substr(key.text.size() - 38);
  EXPECT_THAT(to_text(document_), ::testing::Not(HasSubstr(secret)));
}

TEST_F(Keys, AreRefusedWhenOneCharacterDiffers) {
  const NewKey key = add(R"({"name": "sync", "scopes": ["read"]})");
  for (std::size_t i = 0; i < key.text.size(); ++i) {
    std::string other = key.text;
    other[i] = other[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(ring_.authenticate(other)) << i;
  }
  EXPECT_FALSE(ring_.authenticate(""));
  EXPECT_FALSE(ring_.authenticate(key.text + "x"));
}

TEST_F(Keys, AreRefusedWhenTheyCarryAGoodChecksumButAreNotOurs) {
  add(R"({"name": "sync", "scopes": ["read"]})");
  EXPECT_FALSE(ring_.authenticate(make_key(random_).text));
}

TEST_F(Keys, EndWithTheirTimeAndWithTheirDeletion) {
  const NewKey brief = add(R"({"name": "brief", "scopes": ["read"], "expiresAt": ")" +
                           iso_millis(clock_.now() + std::chrono::hours{1}) + R"("})");
  EXPECT_TRUE(ring_.authenticate(brief.text));
  clock_.advance(std::chrono::hours{1});
  EXPECT_FALSE(ring_.authenticate(brief.text));

  const NewKey deleted = add(R"({"name": "deleted", "scopes": ["read"]})");
  EXPECT_TRUE(ring_.authenticate(deleted.text));
  document_["deleted"] = true;
  tell(deleted.id);
  EXPECT_FALSE(ring_.authenticate(deleted.text));
}

TEST_F(Keys, MayAdministerWhileTheyWorkAndHaveTheScope) {
  const auto may = [&](const char* input, bool deleted = false, Millis later = Millis{0}) {
    add(input);
    Record record{.key = {kAccount, Kind::api_key, "k"}, .document = document_};
    record.deleted = deleted;
    return may_administer(record, clock_.now() + later);
  };
  EXPECT_TRUE(may(R"({"name": "a", "scopes": ["admin"]})"));
  EXPECT_TRUE(may(R"({"name": "a", "scopes": ["read", "admin"]})"));
  EXPECT_FALSE(may(R"({"name": "a", "scopes": ["read", "write"]})"));
  EXPECT_FALSE(may(R"({"name": "a", "scopes": ["admin"]})", true));
  const std::string brief = R"({"name": "a", "scopes": ["admin"], "expiresAt": ")" +
                            iso_millis(clock_.now() + std::chrono::hours{1}) + R"("})";
  EXPECT_TRUE(may(brief.c_str()));
  EXPECT_FALSE(may(brief.c_str(), false, std::chrono::hours{1}));
}

struct BadKey {
  const char *fields, *field, *cure;
};

class BadKeyInput : public ::testing::TestWithParam<BadKey> {};

TEST_P(BadKeyInput, IsRefusedWithTheFieldAndWhatWouldBeRight) {
  SeededRandom random{1};
  auto document = key_document(*parse_json_object(GetParam().fields), make_key(random), Scope::admin,
                               testing::ManualClock().now());
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().field, GetParam().field);
  EXPECT_THAT(document.error().message, HasSubstr(GetParam().cure));
}

INSTANTIATE_TEST_SUITE_P(
    EachMember, BadKeyInput,
    ::testing::Values(
        BadKey{R"({"scopes": ["read"]})", "name", "say what uses the key"},
        BadKey{R"({"name": "", "scopes": ["read"]})", "name", "1 to 200 bytes"},
        BadKey{R"({"name": "a"})", "scopes", "read, write and admin"},
        BadKey{R"({"name": "a", "scopes": []})", "scopes", "at least one"},
        BadKey{R"({"name": "a", "scopes": ["root"]})", "scopes", "\"root\" is no scope"},
        BadKey{R"({"name": "a", "scopes": ["system"]})", "scopes", "cannot make one of scope system"},
        BadKey{R"({"name": "a", "scopes": ["read"], "expiresAt": "2001-01-01T00:00:00Z"})", "expiresAt",
               "in the future"},
        BadKey{R"({"name": "a", "scopes": ["read"], "colour": 1})", "colour", "unknown field"}));

}  // namespace
}  // namespace deltapost::api
