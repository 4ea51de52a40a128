#include "format/signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace deltapost::format {
namespace {

using ::testing::HasSubstr;

// The vectors that the implementations of Standard Webhooks share.
const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string kPrivate =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const std::string kPublic = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const std::string kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const std::string kTimestamp = "1614265330";
const std::string kBody = R"({"test": 2432232314})";
const std::string kV1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const std::string kV1a =
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
const Time kSentAt{std::chrono::seconds{1614265330}};

SigningSecret secret(std::string_view text) {
  auto parsed = SigningSecret::parse(text);
  EXPECT_TRUE(parsed) << text;
  return std::move(*parsed);
}

TEST(StandardSignature, ReproducesTheVectorOfV1) {
  EXPECT_EQ(standard_signature(secret(kSecret), kId, kTimestamp, kBody), kV1);
}

TEST(StandardSignature, ReproducesTheVectorOfV1a) {
  EXPECT_EQ(standard_signature(secret(kPrivate), kId, kTimestamp, kBody), kV1a);
  EXPECT_EQ(secret(kPrivate).public_key_text(), kPublic);
}

TEST(StandardSignature, IsTheSameWithAndWithoutThePrefix) {
  EXPECT_EQ(standard_signature(secret(kSecret.substr(6)), kId, kTimestamp, kBody), kV1);
}

TEST(SigningSecret, KeepsItsText) {
  EXPECT_EQ(secret(kSecret).text(), kSecret);
  EXPECT_FALSE(secret(kSecret).asymmetric());
  EXPECT_EQ(secret(kSecret).public_key_text(), "");
  EXPECT_TRUE(secret(kPrivate).asymmetric());
}

TEST(SigningSecret, TakesTwentyFourToSixtyFourBytes) {
  for (const std::size_t size : {24, 32, 64}) {
    EXPECT_TRUE(SigningSecret::parse("whsec_" + base64(std::string(size, 'k')))) << size;
  }
  for (const std::size_t size : {0, 1, 23, 65, 128}) {
    const auto refused = SigningSecret::parse("whsec_" + base64(std::string(size, 'k')));
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().fault, Fault::invalid);
    EXPECT_EQ(refused.error().field, "secret");
  }
}

TEST(SigningSecret, RefusesWhatIsNoSecretWithoutRepeatingIt) {
  std::string mismatched = *from_base64(kPrivate.substr(5));
  mismatched.back() ^= 1;
  for (const std::string& text : {std::string(), std::string("whsec_"), std::string("hunter2"),
                                  std::string("whsec_not base64 at all, but long"), kPublic,
                                  "whsk_" + kSecret.substr(6), "whsk_" + base64(mismatched), " " + kSecret,
                                  kSecret + "\n", "WHSEC_" + kSecret.substr(6), "whsec_" + kSecret}) {
    const auto refused = SigningSecret::parse(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().fault, Fault::invalid);
    if (text.size() > 10) {
      EXPECT_EQ(refused.error().message.find(text.substr(6)), std::string::npos);
    }
  }
}

TEST(SigningSecret, GeneratesOneThatCanBeReadAgainAndIsNotTheSameTwice) {
  SeededRandom random(5);
  const SigningSecret first = SigningSecret::generate(random);
  EXPECT_EQ(first.key_bytes().size(), 32U);
  EXPECT_EQ(secret(first.text()).key_bytes(), first.key_bytes());
  EXPECT_NE(SigningSecret::generate(random).text(), first.text());
}

TEST(AptenSignature, IsLowerCaseHexOfTheBodyAloneKeyedWithTheSecretsText) {
  // printf '%s' "$body" | openssl dgst -sha256 -hmac "$secret"
  EXPECT_EQ(apten_signature(kSecret, kBody),
            "80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c");
  EXPECT_EQ(apten_signature("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(SignatureHeaders, HoldIdTimestampAndOneSignaturePerSecretNewestFirst) {
  const auto headers =
      signature_headers({secret(kPrivate), secret(kSecret)}, kId, kSentAt + Millis{999}, kBody, false);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"webhook-id", kId}, {"webhook-timestamp", kTimestamp}, {"webhook-signature", kV1a + " " + kV1}};
  EXPECT_EQ(headers, expected);
}

TEST(SignatureHeaders, AddAptensWithTheNewestSecret) {
  SeededRandom random(6);
  const auto headers =
      signature_headers({secret(kSecret), SigningSecret::generate(random)}, kId, kSentAt, kBody, true);
  ASSERT_EQ(headers.size(), 4U);
  EXPECT_EQ(headers[3].first, "X-Signature-SHA256");
  EXPECT_EQ(headers[3].second, apten_signature(kSecret, kBody));
}

TEST(SignatureHeadersDeathTest, RefuseAnIdWithADot) {
  EXPECT_DEATH((void)signature_headers({secret(kSecret)}, "msg.1", kSentAt, kBody, false),
               "broken invariant");
}

class VerifyStandard : public ::testing::Test {
 protected:
  Result<void> verify() const {
    return verify_standard(secrets_, {id_, timestamp_, signature_}, body_, now_);
  }

  void expect_refused(std::string_view why) const {
    const auto verified = verify();
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().fault, Fault::unauthenticated);
    EXPECT_THAT(verified.error().message, HasSubstr(why));
    for (const std::string& text : secrets_) {
      if (text.size() > 6) {
        EXPECT_EQ(verified.error().message.find(text), std::string::npos);
      }
    }
  }

  std::vector<std::string> secrets_{kSecret};
  std::string id_ = kId, timestamp_ = kTimestamp, signature_ = kV1, body_ = kBody;
  Time now_ = kSentAt;
};

TEST_F(VerifyStandard, AcceptsTheVectors) {
  EXPECT_TRUE(verify());
  secrets_ = {kPublic};
  signature_ = kV1a;
  EXPECT_TRUE(verify());
}

TEST_F(VerifyStandard, AcceptsASecretWithoutItsPrefix) {
  secrets_ = {kSecret.substr(6)};
  EXPECT_TRUE(verify());
}

TEST_F(VerifyStandard, AcceptsAnyOfSeveralSignaturesAndPassesUnknownVersionsOver) {
  signature_ = "v2,abc v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= nonsense v1, " + kV1a + "  " + kV1;
  EXPECT_TRUE(verify());
}

TEST_F(VerifyStandard, AcceptsAnyOfSeveralSecretsDuringARotation) {
  secrets_ = {"whsec_" + base64(std::string(32, 'n')), kPublic, kSecret};
  EXPECT_TRUE(verify());
}

TEST_F(VerifyStandard, AcceptsFiveMinutesBothWaysAndNoMore) {
  const std::chrono::seconds one{1};
  now_ = kSentAt + kTimestampTolerance;
  EXPECT_TRUE(verify());
  now_ = kSentAt - kTimestampTolerance;
  EXPECT_TRUE(verify());
  now_ = kSentAt + kTimestampTolerance + one;
  expect_refused("old");
  now_ = kSentAt - kTimestampTolerance - one;
  expect_refused("ahead");
}

TEST_F(VerifyStandard, RefusesAMissingId) {
  id_.clear();
  expect_refused("webhook-id is missing");
}

TEST_F(VerifyStandard, RefusesAMissingTimestamp) {
  timestamp_.clear();
  expect_refused("webhook-timestamp is missing");
}

TEST_F(VerifyStandard, RefusesAMissingSignature) {
  signature_.clear();
  expect_refused("webhook-signature is missing");
}

TEST_F(VerifyStandard, RefusesATimestampThatIsNoNumber) {
  for (const char* text : {"now", "16142653x0", "1614265330.5", "-1614265330", "+1614265330", " 1614265330",
                           "0x60379ef2", "99999999999999999999999999", "1e9"}) {
    timestamp_ = text;
    expect_refused("seconds");
  }
}

TEST_F(VerifyStandard, RefusesAWrongOrCutSignature) {
  for (const std::string& text :
       {std::string("v1,"), std::string("v1"), std::string(","), std::string(" "),
        kV1.substr(0, kV1.size() - 1), kV1 + "=",
        std::string("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA="), kV1.substr(3), "v1a," + kV1.substr(3),
        "v1," + kV1a.substr(4), "V1," + kV1.substr(3), "v2," + kV1.substr(3), kV1a}) {
    signature_ = text;
    expect_refused("no signature");
  }
}

TEST_F(VerifyStandard, RefusesAWrongOrCutAsymmetricSignature) {
  secrets_ = {kPublic};
  for (const std::string& text :
       {std::string("v1a,"), kV1, kV1a.substr(0, kV1a.size() - 4), "v1," + kV1a.substr(4),
        "v1a," + base64(std::string(64, '\0')), "v1a," + kV1.substr(3)}) {
    signature_ = text;
    expect_refused("no signature");
  }
}

TEST_F(VerifyStandard, RefusesAnythingThatWasAltered) {
  body_ += " ";
  expect_refused("no signature");
  body_.clear();
  expect_refused("no signature");
  body_ = kBody;
  id_ += "x";
  expect_refused("no signature");
  id_ = kId;
  timestamp_ = "1614265331";
  expect_refused("no signature");
}

TEST_F(VerifyStandard, RefusesAnotherSecret) {
  secrets_ = {"whsec_" + base64(std::string(32, 'n'))};
  expect_refused("no signature");
}

TEST_F(VerifyStandard, AcceptsAnEmptyBodyThatWasSigned) {
  body_.clear();
  signature_ = standard_signature(secret(kSecret), id_, timestamp_, body_);
  EXPECT_TRUE(verify());
}

TEST_F(VerifyStandard, RefusesAnEmptySecretEvenIfTheSignatureIsKeyedWithIt) {
  signature_ = "v1,woH/1mJtZGSMCmpFTxRYbStS24eLLD/oXIYr4PYyZ7g=";
  for (const std::vector<std::string>& secrets :
       {std::vector<std::string>{}, {""}, {"whsec_"}, {"whpk_"}, {"hunter2"}, {kPrivate}}) {
    secrets_ = secrets;
    expect_refused("no usable secret");
  }
}

TEST_F(VerifyStandard, RefusesAnIdWithADotThatCouldShiftTheBoundaries) {
  const std::string inner_body = kTimestamp + "." + kBody;
  signature_ = standard_signature(secret(kSecret), "msg", "1614265000", inner_body);
  id_ = "msg.1614265000";  // the same signed bytes, read as another id, time and body
  expect_refused("dot");
}

TEST_F(VerifyStandard, LooksAtABoundedNumberOfSignatures) {
  std::string wrong;
  for (std::size_t i = 0; i < kMaxSignatures; ++i) wrong += "v1,AAAA ";
  signature_ = wrong + kV1;
  expect_refused("no signature");
  signature_ = wrong.substr(8) + kV1;
  EXPECT_TRUE(verify());
}

TEST(VerifyApten, AcceptsTheSignatureOfTheRawBody) {
  EXPECT_TRUE(verify_apten(kSecret, apten_signature(kSecret, kBody), kBody));
  EXPECT_TRUE(
      verify_apten("any text", apten_signature("any text", "{\"name\":\"Żółć\"}"), "{\"name\":\"Żółć\"}"));
  EXPECT_TRUE(verify_apten(kSecret, apten_signature(kSecret, ""), ""));
}

TEST(VerifyApten, RefusesEverythingElse) {
  const std::string signature = apten_signature(kSecret, kBody);
  for (const std::string& text :
       {std::string(), signature.substr(0, 63), signature + "0", "sha256=" + signature,
        apten_signature(kSecret, kBody + " "), apten_signature("other", kBody)}) {
    const auto refused = verify_apten(kSecret, text, kBody);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().fault, Fault::unauthenticated);
  }
  EXPECT_FALSE(verify_apten("", apten_signature("", kBody), kBody));
}

}  // namespace
}  // namespace deltapost::format
