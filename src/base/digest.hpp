// SHA-256 and HMAC (FIPS 180-4, RFC 2104) on OpenSSL, with what is slow to fetch kept.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace deltapost {

std::string sha256(std::string_view bytes);  // 32 bytes
/// The same, in `place`.
std::string_view sha256(std::string_view bytes, std::span<char, 32> place);

enum class HashAlgorithm { sha256, sha512 };

/// A MAC with its key scheduled once. Movable. One thread at a time per object.
class Hmac {
 public:
  Hmac(HashAlgorithm algorithm, std::string_view key);
  ~Hmac();
  Hmac(Hmac&&) noexcept;
  Hmac& operator=(Hmac&&) noexcept;

  /// The MAC of the parts, one after the other.
  std::string mac(std::initializer_list<std::string_view> parts);
  /// The same, in `place`, which has room for the longest.
  std::string_view mac(std::initializer_list<std::string_view> parts, std::span<char, 64> place);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The MAC of the parts, one after the other. A thread keeps the scheduled keys that it used last.
std::string hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts);
/// The same, in `place`.
std::string_view hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts,
                             std::span<char, 64> place);
inline std::string hmac_sha256(std::string_view key, std::string_view message) {
  return hmac_sha256(key, {message});
}

/// Takes as long whatever the contents; false at once only when the lengths differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace deltapost
