// How a verifier is set: what it may say, what its secrets may be, and what of a request is one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/verifier.hpp"

namespace deltapost::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Verifier verifier_of(std::string_view text) {
  return *parse_verifier(*parse_json(text), "verifier");
}

TEST(CheckSecret, SaysWhatWouldBeRightWithoutRepeatingTheSecret) {
  const struct {
    std::string verifier, secret, right;
  } kRefused[] = {
      {R"("standard")", "whsk_AAAA", "whsec_"},
      {R"("standard")", "hunter2", "24 to 64"},
      {R"("standard")", "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbO", "32 bytes"},
      {R"("close")", "not hexadecimal", "hexadecimal"},
      {R"("close")", "abc", "hexadecimal"},
      {R"({"scheme": "token", "parameter": "key"})", "too short", "16 to 512"},
      {R"({"scheme": "token", "parameter": "key"})", "long enough but with blanks", "blanks"},
      {R"("github")", "", "1 to 512"},
      {R"("apten")", std::string(513, 'x'), "1 to 512"},
  };
  for (const auto& [verifier, secret, right] : kRefused) {
    const auto refused = check_secret(verifier_of(verifier), secret);
    ASSERT_FALSE(refused) << verifier;
    EXPECT_EQ(refused.error().fault, Fault::invalid);
    EXPECT_EQ(refused.error().field, "secret");
    EXPECT_THAT(refused.error().message, HasSubstr(right));
    if (!secret.empty()) {
      EXPECT_THAT(refused.error().message, Not(HasSubstr(secret)));
    }
  }
}

TEST(ParseVerifier, NamesTheMemberThatIsWrong) {
  const struct {
    std::string text, field, why;
  } kRefused[] = {
      {R"(5)", "verifier", "scheme"},
      {R"("aptn")", "verifier", "did you mean apten?"},
      {R"({})", "verifier.scheme", "is required"},
      {R"({"scheme": "hmax"})", "verifier.scheme", "did you mean hmac?"},
      {R"({"scheme": true})", "verifier.scheme", "must be one of"},
      {R"("hmac")", "verifier.header", "is required"},
      {R"({"scheme": "hmac", "headr": "X"})", "verifier.headr", "did you mean header?"},
      {R"({"scheme": "hmac", "header": ""})", "verifier.header", "1 to 100"},
      {R"({"scheme": "hmac", "header": "X Sig"})", "verifier.header", "name of a header"},
      {R"({"scheme": "hmac", "header": 5})", "verifier.header", "must be a string"},
      {R"({"scheme": "hmac", "header": "X", "algorithm": "md5"})", "verifier.algorithm", "sha256 or sha512"},
      {R"({"scheme": "hmac", "header": "X", "encoding": "base32"})", "verifier.encoding", "hex or base64"},
      {R"({"scheme": "hmac", "header": "X", "prefix": "é"})", "verifier.prefix", "printable"},
      {R"({"scheme": "apten", "header": "X"})", "verifier.header", "scheme"},
      {R"({"scheme": "token"})", "verifier.header", "either header or parameter"},
      {R"({"scheme": "token", "header": "X", "parameter": "y"})", "verifier.header", "either"},
      {R"({"scheme": "token", "parameter": "a b"})", "verifier.parameter", "query parameter"},
      {R"({"scheme": "token", "parameter": "a", "prefix": "x"})", "verifier.prefix", "leave it out"},
      {R"("hubspot")", "verifier.url", "is required"},
      {R"({"scheme": "hubspot", "url": "ftp://x"})", "verifier.url", "https://"},
      {R"({"scheme": "hubspot", "url": "https://x.example/in?a=b"})", "verifier.url", "without a query"},
  };
  for (const auto& [text, field, why] : kRefused) {
    const auto refused = parse_verifier(*parse_json(text), "verifier");
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().fault, Fault::invalid) << text;
    EXPECT_EQ(refused.error().field, field) << text;
    EXPECT_THAT(refused.error().message, HasSubstr(why)) << text;
    EXPECT_THAT(refused.error().message, ::testing::StartsWith(field)) << text;
  }
}

TEST(SecretNames, AreThoseThatCarryTheTokenItself) {
  EXPECT_THAT(secret_names(verifier_of(R"({"scheme": "token", "header": "X-Token"})")),
              ElementsAre("x-token"));
  EXPECT_THAT(secret_names(verifier_of(R"({"scheme": "token", "parameter": "Key"})")), ElementsAre("key"));
  EXPECT_THAT(secret_names(verifier_of(R"("github")")), IsEmpty());
  EXPECT_THAT(secret_names(verifier_of(R"({"scheme": "hmac", "header": "X-Sig"})")), IsEmpty());
}

}  // namespace
}  // namespace deltapost::format
