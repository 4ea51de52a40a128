#include "base/digest.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace deltapost {
namespace {

TEST(Sha256, ReproducesTheVectorsOfTheStandard) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

// RFC 4231, test case 2.
constexpr const char* kMessage = "what do ya want for nothing?";
constexpr const char* kSha256Mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

TEST(Hmac, ReproducesTheVectorsOfTheStandard) {
  EXPECT_EQ(hex(hmac_sha256("Jefe", kMessage)), kSha256Mac);
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(
      hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex(Hmac(HashAlgorithm::sha512, "Jefe").mac({kMessage})),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

TEST(Hmac, TakesAnEmptyKeyAndAnEmptyMessage) {
  EXPECT_EQ(hex(hmac_sha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(hex(hmac_sha256({}, std::string_view{})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hmac, JoinsItsParts) {
  EXPECT_EQ(hex(Hmac(HashAlgorithm::sha256, "Jefe").mac({"what do ", "", "ya want ", "for nothing?"})),
            kSha256Mac);
}

TEST(Hmac, DoesNotCareWhereAMessageIsCut) {
  std::string message(400, '\0');
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<char>(i * 7);
  Hmac hmac(HashAlgorithm::sha256, "Jefe");
  const std::string whole = hmac.mac({message});
  const std::string_view text = message;
  for (std::size_t cut = 0; cut <= 300; ++cut) {
    EXPECT_EQ(
        hmac.mac({text.substr(0, cut), text.substr(cut, 1), text.substr(cut + 1, 90), text.substr(cut + 91)}),
        whole)
        << cut;
  }
}

TEST(Hmac, StartsAfreshForEachMessage) {
  Hmac hmac(HashAlgorithm::sha256, "Jefe");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(hex(hmac.mac({kMessage})), kSha256Mac);
  EXPECT_NE(hex(hmac.mac({"another message"})), kSha256Mac);
}

TEST(Hmac, IsTheSameHoweverManyKeysWereUsedSince) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1500; ++i) {
      const std::string key = "key " + std::to_string(i);
      ASSERT_EQ(hmac_sha256(key, kMessage), Hmac(HashAlgorithm::sha256, key).mac({kMessage})) << i;
    }
    EXPECT_EQ(hex(hmac_sha256("Jefe", {"what do ya want ", "for nothing?"})), kSha256Mac);
  }
}

TEST(Hmac, KeepsItsKeyWhenMoved) {
  Hmac first(HashAlgorithm::sha256, "Jefe");
  Hmac second(std::move(first));
  Hmac third(HashAlgorithm::sha256, "other");
  third = std::move(second);
  EXPECT_EQ(hex(third.mac({kMessage})), kSha256Mac);
}

TEST(ConstantTimeCompare, IsEqualityOfBytes) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_in_constant_time("Secret", "secret"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secre"));
  EXPECT_FALSE(equal_in_constant_time("", "s"));
}

}  // namespace
}  // namespace deltapost
