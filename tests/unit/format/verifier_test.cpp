// Whose a request is: each scheme signs, verifies, and refuses what is not as it was signed.
#include "format/verifier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/encoding.hpp"
#include "format/signature.hpp"

namespace deltapost::format {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kBody = R"({"test": 2432232314})";
const std::string kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const std::string kPath = "/in/abc?a=b%40c%3Ad&e=%20f";
const Time kSentAt{Millis{1614265330123}};

Verifier verifier_of(std::string_view text) {
  const auto json = parse_json(text);
  EXPECT_TRUE(json) << text;
  auto parsed = parse_verifier(*json, "verifier");
  EXPECT_TRUE(parsed) << parsed.error().message;
  return *parsed;
}

/// A request as it arrives, to be spoilt.
struct Arrived {
  std::string method = "POST", path = kPath, body = kBody;
  std::map<std::string, std::string> headers, parameters;

  void carry(const Result<Signing>& signing) {
    ASSERT_TRUE(signing) << signing.error().message;
    for (const auto& [name, value] : signing->headers) headers[name] = value;
    for (const auto& [name, value] : signing->parameters) parameters[name] = value;
  }

  Result<void> verified(const Verifier& verifier, const std::vector<std::string>& secrets, Time now) const {
    const auto found = [](const std::map<std::string, std::string>& all, std::string_view name) {
      const auto value = all.find(std::string(name));
      return value == all.end() ? std::nullopt : std::optional<std::string_view>(value->second);
    };
    return verify(verifier, secrets,
                  {.method = method,
                   .path_and_query = path,
                   .header = [&](std::string_view name) { return found(headers, name); },
                   .parameter = [&](std::string_view name) { return found(parameters, name); },
                   .body = body},
                  now);
  }
};

enum Traits : unsigned { kPlain = 0, kHexadecimal = 1, kTimed = 2, kBodyUnsigned = 4 };

struct Sample {
  std::string name, verifier, secret, other;
  std::string signature;  // the header or parameter that holds it
  unsigned traits;
  std::string time{};  // the header with the time, where there is one

  bool is(Traits trait) const { return (traits & trait) != 0; }
};

void PrintTo(const Sample& sample, std::ostream* out) {
  *out << sample.name;
}

class EveryScheme : public ::testing::TestWithParam<Sample> {
 protected:
  void SetUp() override { request_.carry(sign(verifier_, GetParam().secret, kPath, kBody, kId, kSentAt)); }

  Result<void> verified(std::vector<std::string> secrets = {GetParam().secret}, Time now = kSentAt) {
    return request_.verified(verifier_, secrets, now);
  }

  std::string& signature() {
    auto& place = request_.parameters.empty() ? request_.headers : request_.parameters;
    return place.at(GetParam().signature);
  }

  void expect_refused(std::string_view why = "", std::vector<std::string> secrets = {GetParam().secret},
                      Time now = kSentAt) {
    const auto refused = verified(secrets, now);
    ASSERT_FALSE(refused) << why;
    EXPECT_EQ(refused.error().fault, Fault::unauthenticated);
    EXPECT_THAT(refused.error().message, HasSubstr(why));
    EXPECT_THAT(refused.error().message, Not(HasSubstr(GetParam().secret)));
  }

  const Verifier verifier_ = verifier_of(GetParam().verifier);
  Arrived request_;
};

TEST_P(EveryScheme, AcceptsWhatItSigned) {
  EXPECT_TRUE(check_secret(verifier_, GetParam().secret));
  EXPECT_TRUE(verified());
}

TEST_P(EveryScheme, AcceptsAnyOfSeveralSecretsDuringARotation) {
  EXPECT_TRUE(verified({GetParam().other, GetParam().secret}));
  EXPECT_TRUE(verified({"", GetParam().secret, GetParam().other}));
}

TEST_P(EveryScheme, RefusesAnotherSecretOfTheSameForm) {
  EXPECT_TRUE(check_secret(verifier_, GetParam().other));
  expect_refused("", {GetParam().other});
}

TEST_P(EveryScheme, RefusesEverythingWithoutAUsableSecret) {
  expect_refused("no usable secret", {});
  expect_refused("no usable secret", {""});
  EXPECT_FALSE(check_secret(verifier_, ""));
}

TEST_P(EveryScheme, RefusesAMissingOrEmptySignature) {
  signature().clear();
  expect_refused("is missing");
  request_.headers.erase(GetParam().signature);
  request_.parameters.clear();
  expect_refused("is missing");
}

TEST_P(EveryScheme, RefusesACutWrongOrMalformedSignature) {
  const std::string whole = signature();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    signature() = whole.substr(0, size);
    expect_refused();
  }
  for (std::string text : {whole + "0", whole.substr(1), std::string("v1,"), std::string("=,=,"),
                           std::string("\xff\xfe"), std::string(64, '0')}) {
    signature() = text;
    expect_refused();
  }
  std::string altered = whole;
  altered[altered.size() - 5] = altered[altered.size() - 5] == 'a' ? 'b' : 'a';
  signature() = altered;
  expect_refused();
}

TEST_P(EveryScheme, RefusesAVeryLongHeaderAtOnce) {
  signature() += std::string(100'000, 'v');
  expect_refused("long");
}

TEST_P(EveryScheme, RefusesAnAlteredBody) {
  if (GetParam().is(kBodyUnsigned)) return;
  for (const std::string& body : {kBody + " ", " " + kBody, kBody.substr(1), std::string()}) {
    request_.body = body;
    expect_refused();
  }
}

TEST_P(EveryScheme, AcceptsAnEmptyBodyThatWasSigned) {
  request_.carry(sign(verifier_, GetParam().secret, kPath, "", kId, kSentAt));
  request_.body.clear();
  EXPECT_TRUE(verified());
}

TEST_P(EveryScheme, AcceptsUpperCaseHexadecimalDigits) {
  if (!GetParam().is(kHexadecimal)) return;
  std::string& text = signature();
  for (std::size_t i = text.rfind('=') == std::string::npos ? 0 : text.rfind('='); i < text.size(); ++i) {
    if (text[i] >= 'a' && text[i] <= 'f') text[i] = static_cast<char>(text[i] - 'a' + 'A');
  }
  EXPECT_TRUE(verified());
}

TEST_P(EveryScheme, AcceptsThreeHundredSecondsBothWaysAndNoMore) {
  const std::vector<std::string> secrets{GetParam().secret};
  EXPECT_TRUE(verified(secrets, kSentAt + seconds{300}));
  EXPECT_TRUE(verified(secrets, kSentAt - seconds{300}));
  if (!GetParam().is(kTimed)) {
    EXPECT_TRUE(verified(secrets, kSentAt + seconds{301}));
    return;
  }
  expect_refused("old", secrets, kSentAt + seconds{301});
  expect_refused("ahead", secrets, kSentAt - seconds{301});
}

TEST_P(EveryScheme, RefusesATimeThatIsNoneOrAnother) {
  if (GetParam().time.empty()) return;
  std::string& time = request_.headers.at(GetParam().time);
  const std::string sent = time;
  for (std::string text : {std::string("now"), "-" + sent, " " + sent, sent + ".5", std::string(40, '9'),
                           std::string("0x60379ef2"), std::string("0")}) {
    time = text;
    expect_refused();
  }
  time = sent;
  time.back() = time.back() == '0' ? '1' : '0';
  expect_refused();
  request_.headers.erase(GetParam().time);
  expect_refused("is missing");
}

TEST_P(EveryScheme, GeneratesSecretsThatItTakesAndThatDiffer) {
  SeededRandom random(7);
  const std::string first = generate_secret(verifier_, random);
  EXPECT_TRUE(check_secret(verifier_, first)) << first;
  EXPECT_NE(first, generate_secret(verifier_, random));
}

TEST_P(EveryScheme, IsWrittenAsItIsRead) {
  const Json written = verifier_to_json(verifier_);
  const auto again = parse_verifier(written, "verifier");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(verifier_to_json(*again), written);
}

const Sample kSamples[] = {
    {"standard", R"("standard")", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
     "whsec_bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5u", "webhook-signature", kTimed, "webhook-timestamp"},
    {"apten", R"("apten")", "any text", "any other text", "X-Signature-SHA256", kHexadecimal},
    {"hmac", R"({"scheme": "hmac", "header": "X-Sig"})", "shared secret", "other secret", "X-Sig",
     kHexadecimal},
    {"hmac_sha512_base64_prefix",
     R"({"scheme": "hmac", "header": "X-Sig", "algorithm": "sha512", "encoding": "base64", "prefix": "sha512="})",
     "shared secret", "other secret", "X-Sig", kPlain},
    {"github", R"("github")", "It's a Secret to Everybody", "other secret", "X-Hub-Signature-256",
     kHexadecimal},
    {"stripe", R"("stripe")", "whsec_test", "whsec_other", "Stripe-Signature", kHexadecimal | kTimed},
    {"hubspot", R"({"scheme": "hubspot", "url": "https://hooks.example.com/in/abc"})", "client-secret",
     "other-secret", "X-HubSpot-Signature-v3", kTimed, "X-HubSpot-Request-Timestamp"},
    {"close", R"("close")", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
     "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "close-sig-hash",
     kHexadecimal | kTimed, "close-sig-timestamp"},
    {"token_header", R"({"scheme": "token", "header": "Authorization", "prefix": "Bearer "})",
     "0123456789abcdef", "0123456789abcdeX", "Authorization", kBodyUnsigned},
    {"token_parameter", R"({"scheme": "token", "parameter": "key"})", "0123456789abcdef", "0123456789abcdeX",
     "key", kBodyUnsigned}};

INSTANTIATE_TEST_SUITE_P(Verifier, EveryScheme, ::testing::ValuesIn(kSamples),
                         [](const auto& sample) { return sample.param.name; });

/// Reckoned with openssl dgst, not with our own code.
TEST(VerifierVectors, AreReproduced) {
  const auto first_header = [](std::string_view verifier, std::string_view secret,
                               std::string_view body = kBody) {
    const auto signing = sign(verifier_of(verifier), secret, kPath, body, kId, kSentAt);
    EXPECT_TRUE(signing);
    return signing->headers.at(0).second;
  };
  EXPECT_EQ(first_header(R"({"scheme": "hmac", "header": "X", "algorithm": "sha512", "encoding": "base64"})",
                         "shared secret"),
            "ZP3DWPPKYXt5htg/rY7Cmu+Pbz5FmxY3mR6sqHQPqgafyEg3mBafNlQIMLdEYFVMfua/W79EIMhxcP87dXQ3tg==");
  EXPECT_EQ(first_header(R"("github")", "It's a Secret to Everybody", "Hello, World!"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
  EXPECT_EQ(first_header(R"("stripe")", "whsec_test"),
            "t=1614265330,v1=98a6304ac7cd966786ee1b93ad76319d9cd63829827fa0f93cb3e367cf67086d");
  EXPECT_EQ(
      first_header(R"({"scheme": "hubspot", "url": "https://hooks.example.com/in/abc"})", "client-secret"),
      "9QLZffUbgGZm1zfwu1U/f2D77bP/jr8Vs+h8oLSwEMg=");
  EXPECT_EQ(first_header(R"("close")", "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"),
            "f9d7acf5527f54c27b2278a0f125b705f2d3b65066410d2d0d00e53049692de0");
  EXPECT_EQ(first_header(R"("apten")", "any text"), apten_signature("any text", kBody));
}

TEST(VerifierStandard, AcceptsTheVectorsOfTheStandardAndItsAsymmetricSignatures) {
  Arrived request;
  request.headers = {
      {"webhook-id", kId},
      {"webhook-timestamp", "1614265330"},
      {"webhook-signature",
       "v9,abc "
       "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="}};
  const std::string key = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
  const Verifier verifier = verifier_of(R"("standard")");
  EXPECT_TRUE(check_secret(verifier, key));
  EXPECT_TRUE(request.verified(verifier, {key}, kSentAt));
  request.headers["webhook-signature"] = "v1,nonsense v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  EXPECT_TRUE(request.verified(verifier, {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, kSentAt));
  EXPECT_FALSE(sign(verifier, key, kPath, kBody, kId, kSentAt));
  EXPECT_FALSE(sign(verifier, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", kPath, kBody, "a.b", kSentAt));
}

TEST(VerifierStripe, TriesEverySignatureAndBelievesOneTimeOnly) {
  const Verifier verifier = verifier_of(R"("stripe")");
  Arrived request;
  request.carry(sign(verifier, "whsec_test", kPath, kBody, kId, kSentAt));
  std::string& header = request.headers.at("Stripe-Signature");
  const std::string v1 = header.substr(header.find("v1="));
  const auto fits = [&] { return request.verified(verifier, {"whsec_test"}, kSentAt).has_value(); };
  header = "t=1614265330,v1=" + std::string(64, '0') + "," + v1 + ",v0=abc";
  EXPECT_TRUE(fits());
  header = v1 + ",t=1614265330";
  EXPECT_TRUE(fits());
  for (const std::string& text : {"t=1614265330,t=1614265330," + v1, v1, std::string("t=1614265330"),
                                  "t=1614265330,v0=" + v1.substr(3), "t=," + v1, "t=1614265330;" + v1}) {
    header = text;
    EXPECT_FALSE(fits()) << text;
  }
  header = "t=1614265330";
  for (std::size_t i = 0; i < kMaxSignatures; ++i) header += ",v1=00";
  EXPECT_TRUE((header += "," + v1).size() < 4096);
  EXPECT_FALSE(fits());
}

TEST(VerifierHubspot, SignsMethodAndUrl) {
  const Verifier verifier =
      verifier_of(R"({"scheme": "hubspot", "url": "https://hooks.example.com/in/abc"})");
  Arrived request;
  request.carry(sign(verifier, "client-secret", kPath, kBody, kId, kSentAt));
  const auto fits = [&](const std::string& method, const std::string& path) {
    request.method = method;
    request.path = path;
    return request.verified(verifier, {"client-secret"}, kSentAt).has_value();
  };
  EXPECT_TRUE(fits("POST", kPath));
  EXPECT_FALSE(fits("PUT", kPath));
  EXPECT_FALSE(fits("POST", "/in/abc?a=other"));
  EXPECT_FALSE(fits("POST", "/in/abc?a=b%40c%3ad&e=%20f%"));
  EXPECT_TRUE(fits("POST", "/in/abc?a=b@c:d&e=%20f"));
}

TEST(VerifierNone, AcceptsEverythingButTakesNoSecret) {
  const Verifier verifier = verifier_of(R"("none")");
  EXPECT_TRUE(Arrived{}.verified(verifier, {}, kSentAt));
  EXPECT_TRUE(check_secret(verifier, ""));
  EXPECT_FALSE(check_secret(verifier, "secret"));
  SeededRandom random(1);
  EXPECT_EQ(generate_secret(verifier, random), "");
  const auto signing = sign(verifier, "", kPath, kBody, kId, kSentAt);
  EXPECT_THAT(signing->headers, IsEmpty());
}

}  // namespace
}  // namespace deltapost::format
