#include "base/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <functional>
#include <unordered_map>

#include "base/check.hpp"

namespace deltapost {
namespace {

constexpr std::size_t kMaxKeptKeys = 1024;  // of a thread

/// So that a key is looked up without a copy.
struct HashOfText {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

struct FreeMacContext {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMacContext>;

struct FreeDigestContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigestContext>;

const unsigned char* bytes_of(std::string_view text) {
  // OpenSSL reads a null key as "keep the key that was set", so that an empty one needs an address.
  return reinterpret_cast<const unsigned char*>(text.data() != nullptr ? text.data() : "");
}

/// A context that knows its algorithm but no key. OpenSSL 3.0 looks an algorithm up by name each time it is
/// asked for, which costs more than a short MAC: it is asked once, and copied from then on.
MacContext make_keyless(const char* digest) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  DP_CHECK(mac != nullptr);
  MacContext context(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);
  DP_CHECK(context != nullptr);
  std::string name = digest;
  const std::array params{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                          OSSL_PARAM_construct_end()};
  DP_CHECK(EVP_MAC_CTX_set_params(context.get(), params.data()) == 1);
  return context;
}

MacContext keyless_copy(HashAlgorithm algorithm) {
  static const MacContext sha256_context = make_keyless("SHA256");
  static const MacContext sha512_context = make_keyless("SHA512");
  MacContext copy(
      EVP_MAC_CTX_dup((algorithm == HashAlgorithm::sha256 ? sha256_context : sha512_context).get()));
  DP_CHECK(copy != nullptr);
  return copy;
}

/// Small parts are handed over together: each call costs as much as hashing fifty bytes.
void update(EVP_MAC_CTX* context, std::initializer_list<std::string_view> parts) {
  std::array<char, 128> joined;
  std::size_t size = 0;
  const auto hand_over = [context](std::string_view bytes) {
    DP_CHECK(EVP_MAC_update(context, bytes_of(bytes), bytes.size()) == 1);
  };
  for (const std::string_view part : parts) {
    if (part.size() <= joined.size() - size) {
      size += part.copy(joined.data() + size, part.size());
      continue;
    }
    hand_over({joined.data(), size});
    hand_over(part);
    size = 0;
  }
  hand_over({joined.data(), size});
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<char, 32> place;
  return std::string(sha256(bytes, place));
}

std::string_view sha256(std::string_view bytes, std::span<char, 32> place) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  // A context costs more to make than a short text to hash.
  thread_local const DigestContext context(EVP_MD_CTX_new());
  DP_CHECK(algorithm != nullptr && context != nullptr);
  DP_CHECK(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
           EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
           EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(place.data()), nullptr) == 1);
  return {place.data(), place.size()};
}

struct Hmac::Impl {
  MacContext context;
  bool fresh = true;  // the key was just set, so that no restart is needed
};

Hmac::Hmac(HashAlgorithm algorithm, std::string_view key)
    : impl_(std::make_unique<Impl>(Impl{keyless_copy(algorithm)})) {
  DP_CHECK(EVP_MAC_init(impl_->context.get(), bytes_of(key), key.size(), nullptr) == 1);
}

Hmac::~Hmac() = default;
Hmac::Hmac(Hmac&&) noexcept = default;
Hmac& Hmac::operator=(Hmac&&) noexcept = default;

std::string Hmac::mac(std::initializer_list<std::string_view> parts) {
  std::array<char, EVP_MAX_MD_SIZE> place;
  return std::string(mac(parts, place));
}

std::string_view Hmac::mac(std::initializer_list<std::string_view> parts, std::span<char, 64> place) {
  EVP_MAC_CTX* context = impl_->context.get();
  if (!impl_->fresh) DP_CHECK(EVP_MAC_init(context, nullptr, 0, nullptr) == 1);
  impl_->fresh = false;
  update(context, parts);
  std::size_t size = 0;
  DP_CHECK(EVP_MAC_final(context, reinterpret_cast<unsigned char*>(place.data()), &size, place.size()) == 1);
  return {place.data(), size};
}

std::string hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  std::array<char, EVP_MAX_MD_SIZE> place;
  return std::string(hmac_sha256(key, parts, place));
}

std::string_view hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts,
                             std::span<char, 64> place) {
  // Scheduling a key costs as much as the MAC of a short message.
  thread_local std::unordered_map<std::string, Hmac, HashOfText, std::equal_to<>> kept;
  auto found = kept.find(key);
  if (found == kept.end()) {
    if (kept.size() >= kMaxKeptKeys) kept.clear();
    found = kept.emplace(key, Hmac(HashAlgorithm::sha256, key)).first;
  }
  return found->second.mac(parts, place);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(bytes_of(a), bytes_of(b), a.size()) == 0;
}

}  // namespace deltapost
