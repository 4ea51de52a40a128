#include "base/seal.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace deltapost {
namespace {

const std::string kOldKey(32, 'o');
const std::string kNewKey(32, 'n');

class SealerTest : public ::testing::Test {
 protected:
  Sealer sealer(std::map<std::string, std::string> keys, const std::string& active) {
    auto made = Sealer::make(std::move(keys), active, random_);
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  static Fault fault_of(const Result<std::string>& result) {
    return result ? Fault::internal : result.error().fault;
  }

  SeededRandom random_{11};
};

TEST_F(SealerTest, OpensWhatItSealed) {
  const Sealer sealer = this->sealer({{"k1", kNewKey}}, "k1");
  for (const std::string& secret : {std::string(), std::string("whsec_abc"), std::string(5000, '\0')}) {
    const auto opened = sealer.open(sealer.seal(secret, "acc/endpoint/1"), "acc/endpoint/1");
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, secret);
  }
}

TEST_F(SealerTest, ShowsNothingOfTheSecretAndNeverSealsTwiceAlike) {
  const Sealer sealer = this->sealer({{"k1", kNewKey}}, "k1");
  const std::string first = sealer.seal("whsec_abc", "context");
  EXPECT_NE(first, sealer.seal("whsec_abc", "context"));
  EXPECT_EQ(first.find("whsec"), std::string::npos);
  EXPECT_EQ(first.find(base64url("whsec_abc")), std::string::npos);
}

TEST_F(SealerTest, OpensWhatAnOlderKeySealed) {
  const std::string sealed = sealer({{"old", kOldKey}}, "old").seal("secret", "context");
  const auto opened = sealer({{"old", kOldKey}, {"new", kNewKey}}, "new").open(sealed, "context");
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, "secret");
}

TEST_F(SealerTest, SealsWithTheActiveKey) {
  const std::string sealed = sealer({{"old", kOldKey}, {"new", kNewKey}}, "new").seal("secret", "context");
  EXPECT_TRUE(sealer({{"new", kNewKey}}, "new").open(sealed, "context"));
  EXPECT_EQ(fault_of(sealer({{"old", kOldKey}}, "old").open(sealed, "context")), Fault::not_found);
}

TEST_F(SealerTest, RefusesAnotherContext) {
  const Sealer sealer = this->sealer({{"k1", kNewKey}}, "k1");
  const std::string sealed = sealer.seal("secret", "acc/endpoint/1");
  EXPECT_EQ(fault_of(sealer.open(sealed, "acc/endpoint/2")), Fault::corrupt);
  EXPECT_EQ(fault_of(sealer.open(sealed, "")), Fault::corrupt);
}

TEST_F(SealerTest, RefusesAnotherKeyUnderTheSameName) {
  const std::string sealed = sealer({{"k1", kOldKey}}, "k1").seal("secret", "context");
  EXPECT_EQ(fault_of(sealer({{"k1", kNewKey}}, "k1").open(sealed, "context")), Fault::corrupt);
}

TEST_F(SealerTest, RefusesEveryAlteredCharacterAndEveryCut) {
  const Sealer sealer = this->sealer({{"k1", kNewKey}}, "k1");
  const std::string sealed = sealer.seal("secret", "context");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sealer.open(altered, "context")) << i;
    EXPECT_FALSE(sealer.open(sealed.substr(0, i), "context")) << i;
  }
  EXPECT_EQ(fault_of(sealer.open("not sealed at all", "context")), Fault::corrupt);
}

TEST_F(SealerTest, RefusesKeysThatCannotWork) {
  const auto refused = [&](std::map<std::string, std::string> keys, const std::string& active) {
    const auto made = Sealer::make(std::move(keys), active, random_);
    return !made && made.error().fault == Fault::invalid;
  };
  EXPECT_TRUE(refused({}, "k1"));
  EXPECT_TRUE(refused({{"k1", kNewKey}}, "k2"));
  EXPECT_TRUE(refused({{"k1", std::string(31, 'k')}}, "k1"));
  EXPECT_TRUE(refused({{"k1", kNewKey}, {"k2", ""}}, "k1"));
  EXPECT_TRUE(refused({{"", kNewKey}}, ""));
  EXPECT_TRUE(refused({{"a.b", kNewKey}}, "a.b"));
  EXPECT_TRUE(refused({{std::string(33, 'k'), kNewKey}}, std::string(33, 'k')));
}

}  // namespace
}  // namespace deltapost
