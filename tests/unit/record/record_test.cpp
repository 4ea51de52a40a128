#include "record/record.hpp"

#include <gtest/gtest.h>

namespace deltapost {
namespace {

TEST(Kind, HasANameThatReadsBack) {
  for (const Kind kind : kAllKinds) EXPECT_EQ(parse_kind(to_string(kind)), kind);
  EXPECT_EQ(to_string(Kind::api_key), "api_key");
  EXPECT_EQ(parse_kind("leads"), std::nullopt);
  EXPECT_EQ(parse_kind(""), std::nullopt);
}

TEST(ContactKeyId, SortsAsTheNumbersDo) {
  EXPECT_EQ(contact_key_id(5), "0000000000000005");
  EXPECT_EQ(contact_key_id((std::uint64_t{1} << 53) - 1), "9007199254740991");
  EXPECT_LT(contact_key_id(9), contact_key_id(10));
}

TEST(WireId, ShowsAContactsNumberAndAllElseAsItIs) {
  EXPECT_EQ(wire_id({AccountId("a"), Kind::contact, "0000000000000050"}), "50");
  EXPECT_EQ(wire_id({AccountId("a"), Kind::contact, contact_key_id(0)}), "0");
  EXPECT_EQ(wire_id({AccountId("a"), Kind::lead, "0050"}), "0050");
}

TEST(RecordKeyHash, TellsKindsApart) {
  const std::hash<RecordKey> hash;
  EXPECT_NE(hash({AccountId("a"), Kind::lead, "1"}), hash({AccountId("a"), Kind::contact, "1"}));
  EXPECT_EQ(hash({AccountId("a"), Kind::lead, "1"}), hash({AccountId("a"), Kind::lead, "1"}));
}

}  // namespace
}  // namespace deltapost
