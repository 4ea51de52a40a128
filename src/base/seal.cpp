#include "base/seal.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/check.hpp"
#include "base/encoding.hpp"

// Sealed text: s1.<key id>.<base64url of nonce (12), ciphertext, tag (16)>. Authenticated beside the
// ciphertext: the two leading parts and the context.
namespace deltapost {
namespace {

constexpr std::string_view kScheme = "s1";
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kMaxKeyIdSize = 32;

struct FreeCipherContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data() != nullptr ? text.data() : "");
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

bool valid_key_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxKeyIdSize && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
}

std::string bound_data(std::string_view key_id, std::string_view context) {
  std::string data;
  data.append(kScheme).append(".").append(key_id).append(".").append(context);
  return data;
}

struct Box {
  std::string nonce, ciphertext, tag;
};

Box encrypt(std::string_view key, std::string nonce, std::string_view bound, std::string_view plain) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  DP_CHECK(context != nullptr);
  Box box{std::move(nonce), std::string(plain.size(), '\0'), std::string(kTagSize, '\0')};
  int size = 0;
  DP_CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                              bytes_of(std::string_view(box.nonce))) == 1);
  DP_CHECK(
      EVP_EncryptUpdate(context.get(), nullptr, &size, bytes_of(bound), static_cast<int>(bound.size())) == 1);
  DP_CHECK(EVP_EncryptUpdate(context.get(), bytes_of(box.ciphertext), &size, bytes_of(plain),
                             static_cast<int>(plain.size())) == 1);
  DP_CHECK(EVP_EncryptFinal_ex(context.get(), bytes_of(box.ciphertext) + size, &size) == 1);
  DP_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagSize),
                               bytes_of(box.tag)) == 1);
  return box;
}

/// Nothing when the box was not closed with this key over these data.
std::optional<std::string> decrypt(std::string_view key, Box box, std::string_view bound) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  DP_CHECK(context != nullptr);
  std::string plain(box.ciphertext.size(), '\0');
  int size = 0;
  DP_CHECK(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                              bytes_of(std::string_view(box.nonce))) == 1);
  DP_CHECK(
      EVP_DecryptUpdate(context.get(), nullptr, &size, bytes_of(bound), static_cast<int>(bound.size())) == 1);
  DP_CHECK(EVP_DecryptUpdate(context.get(), bytes_of(plain), &size,
                             bytes_of(std::string_view(box.ciphertext)),
                             static_cast<int>(box.ciphertext.size())) == 1);
  DP_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagSize),
                               bytes_of(box.tag)) == 1);
  if (EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + size, &size) != 1) return std::nullopt;
  return plain;
}

Error altered() {
  return {Fault::corrupt, "a sealed secret was altered or belongs to another record"};
}

}  // namespace

Result<Sealer> Sealer::make(std::map<std::string, std::string> keys, std::string active, Random& random) {
  for (const auto& [id, key] : keys) {
    if (!valid_key_id(id)) {
      return Error{Fault::invalid, "a sealing key's id must have 1 to 32 letters, digits, - or _"};
    }
    if (key.size() != kKeySize)
      return Error{Fault::invalid, "the sealing key '" + id + "' must have 32 bytes"};
  }
  if (!keys.contains(active))
    return Error{Fault::invalid, "the active sealing key '" + active + "' is not given"};
  return Sealer(std::move(keys), std::move(active), random);
}

std::string Sealer::seal(std::string_view secret, std::string_view context) const {
  const Box box =
      encrypt(keys_.at(active_), random_bytes(*random_, kNonceSize), bound_data(active_, context), secret);
  return bound_data(active_, base64url(box.nonce + box.ciphertext + box.tag));
}

Result<std::string> Sealer::open(std::string_view sealed, std::string_view context) const {
  const std::size_t first = sealed.find('.');
  const std::size_t second = sealed.find('.', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos ||
      sealed.substr(0, first) != kScheme) {
    return altered();
  }
  const std::string key_id(sealed.substr(first + 1, second - first - 1));
  const auto key = keys_.find(key_id);
  if (key == keys_.end()) {
    return valid_key_id(key_id)
               ? Error{Fault::not_found, "the sealing key '" + key_id + "' is not configured"}
               : altered();
  }
  const auto bytes = from_base64url(sealed.substr(second + 1));
  if (!bytes || bytes->size() < kNonceSize + kTagSize) return altered();
  Box box{bytes->substr(0, kNonceSize), bytes->substr(kNonceSize, bytes->size() - kNonceSize - kTagSize),
          bytes->substr(bytes->size() - kTagSize)};
  auto plain = decrypt(key->second, std::move(box), bound_data(key_id, context));
  if (!plain) return altered();
  return std::move(*plain);
}

}  // namespace deltapost
