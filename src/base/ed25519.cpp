#include "base/ed25519.hpp"

#include <openssl/evp.h>

#include <memory>

#include "base/check.hpp"

namespace deltapost {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kSignatureSize = 64;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

Result<Key> private_key(std::string_view seed) {
  if (seed.size() != kKeySize) return Error{Fault::invalid, "an ed25519 seed must have 32 bytes"};
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size()));
  DP_CHECK(key != nullptr);
  return key;
}

}  // namespace

Result<std::string> ed25519_sign(std::string_view seed, std::string_view message) {
  auto key = private_key(seed);
  if (!key) return std::move(key).error();
  const Context context(EVP_MD_CTX_new());
  DP_CHECK(context != nullptr);
  DP_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key->get()) == 1);
  std::string signature(kSignatureSize, '\0');
  std::size_t size = signature.size();
  DP_CHECK(EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message), message.size()) == 1);
  DP_CHECK(size == kSignatureSize);
  return signature;
}

bool ed25519_verify(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != kKeySize || signature.size() != kSignatureSize) return false;
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key), public_key.size()));
  const Context context(EVP_MD_CTX_new());
  DP_CHECK(context != nullptr);
  return key != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

Result<std::string> ed25519_public_key(std::string_view seed) {
  auto key = private_key(seed);
  if (!key) return std::move(key).error();
  std::string raw(kKeySize, '\0');
  std::size_t size = raw.size();
  DP_CHECK(EVP_PKEY_get_raw_public_key(key->get(), bytes_of(raw), &size) == 1 && size == kKeySize);
  return raw;
}

}  // namespace deltapost
