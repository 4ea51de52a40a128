#include "base/encoding.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace deltapost {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kCrockford = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::uint8_t kNoDigit = 0xff;

/// A base64 alphabet, with the way back.
struct Alphabet {
  std::string_view digits;
  std::array<std::uint8_t, 256> values;

  explicit constexpr Alphabet(std::string_view text) : digits(text), values{} {
    values.fill(kNoDigit);
    for (std::size_t i = 0; i < text.size(); ++i) {
      values[static_cast<unsigned char>(text[i])] = static_cast<std::uint8_t>(i);
    }
  }
};

constexpr Alphabet kStandard("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
constexpr Alphabet kUrlSafe("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
constexpr Alphabet kHex(kHexDigits);

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

void encode64(std::string& text, std::string_view bytes, const Alphabet& alphabet) {
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    const std::array<char, 4> digits{alphabet.digits[group >> 18], alphabet.digits[group >> 12 & 63],
                                     alphabet.digits[group >> 6 & 63], alphabet.digits[group & 63]};
    text.append(digits.data(), digits.size());
  }
  if (const std::size_t left = bytes.size() - i; left > 0) {
    const std::uint32_t group = byte_at(bytes, i) << 16 | (left == 2 ? byte_at(bytes, i + 1) << 8 : 0);
    text += alphabet.digits[group >> 18];
    text += alphabet.digits[group >> 12 & 63];
    if (left == 2) text += alphabet.digits[group >> 6 & 63];
  }
}

/// Only the one spelling that encoding gives: the unused bits of the last digit must be zero.
std::optional<std::string> decode64(std::string_view text, const Alphabet& alphabet) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int pending = 0;
  for (const char c : text) {
    const std::uint8_t value = alphabet.values[static_cast<unsigned char>(c)];
    if (value == kNoDigit) return std::nullopt;
    bits = bits << 6 | value;
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      bytes += static_cast<char>(bits >> pending & 0xff);
    }
  }
  if ((bits & ((1U << pending) - 1)) != 0) return std::nullopt;
  return bytes;
}

/// How many bytes the UTF-8 sequence at the front of `text` takes; 0 when it is none (RFC 3629, section 4).
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? byte_at(text, i) : 0; };
  const auto continues = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
  const std::uint32_t first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return continues(1) ? 2 : 0;
  if (first < 0xf0) {
    const bool overlong = first == 0xe0 && at(1) < 0xa0;
    const bool surrogate = first == 0xed && at(1) > 0x9f;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  const bool overlong = first == 0xf0 && at(1) < 0x90;
  const bool too_high = first > 0xf4 || (first == 0xf4 && at(1) > 0x8f);
  return continues(1) && continues(2) && continues(3) && !overlong && !too_high ? 4 : 0;
}

}  // namespace

std::string hex(std::string_view bytes) {
  std::string text;
  append_hex(text, bytes);
  return text;
}

void append_hex(std::string& text, std::string_view bytes) {
  const std::size_t from = text.size();
  text.resize(from + bytes.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[from + 2 * i] = kHexDigits[byte_at(bytes, i) >> 4];
    text[from + 2 * i + 1] = kHexDigits[byte_at(bytes, i) & 15];
  }
}

Result<std::string> from_hex(std::string_view text) {
  std::string bytes(text.size() / 2, '\0');
  bool fits = text.size() % 2 == 0;
  for (std::size_t i = 0; fits && i < text.size(); ++i) {
    const char c = text[i];
    const std::uint8_t value =
        kHex.values[static_cast<unsigned char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c)];
    fits = value != kNoDigit;
    bytes[i / 2] = static_cast<char>(byte_at(bytes, i / 2) << 4 | value);
  }
  if (!fits) return Error{Fault::invalid, "must be hex: an even number of digits 0-9 and a-f"};
  return bytes;
}

std::string base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

void append_base64(std::string& text, std::string_view bytes) {
  const std::size_t size = (bytes.size() + 2) / 3 * 4, from = text.size();
  text.reserve(from + size);
  encode64(text, bytes, kStandard);
  text.append(from + size - text.size(), '=');
}

Result<std::string> from_base64(std::string_view text) {
  const bool whole = text.size() % 4 == 0;
  for (int i = 0; i < 2 && whole && text.ends_with('='); ++i) text.remove_suffix(1);
  auto bytes = whole ? decode64(text, kStandard) : std::nullopt;
  if (!bytes) return Error{Fault::invalid, "must be base64 with its padding (RFC 4648)"};
  return std::move(*bytes);
}

std::string base64url(std::string_view bytes) {
  std::string text;
  encode64(text, bytes, kUrlSafe);
  return text;
}

Result<std::string> from_base64url(std::string_view text) {
  auto bytes = decode64(text, kUrlSafe);
  if (!bytes) return Error{Fault::invalid, "must be base64url without padding (RFC 4648)"};
  return std::move(*bytes);
}

Result<std::string> from_form(std::string_view text) {
  const Error error{Fault::invalid,
                    "must be percent-encoded UTF-8: a % stands before two hexadecimal digits"};
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const Result<std::string> byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return error;
    plain += *byte;
    i += 2;
  }
  if (!valid_utf8(plain)) return error;
  return plain;
}

std::string random_bytes(Random& random, std::size_t count) {
  std::string bytes(count, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::string random_base62(Random& random, std::size_t length) {
  constexpr std::size_t kFair =
      256 / kBase62.size() * kBase62.size();  // above it, the first digits would be favoured
  std::string text;
  text.reserve(length);
  while (text.size() < length) {
    const std::string bytes = random_bytes(random, length - text.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (byte_at(bytes, i) < kFair) text += kBase62[byte_at(bytes, i) % kBase62.size()];
    }
  }
  return text;
}

std::string time_ordered_id(Random& random, long long unix_millis) {
  std::array<std::byte, 10> entropy;
  random.fill(entropy);
  std::string text(26, '0');
  auto millis = static_cast<std::uint64_t>(unix_millis);
  for (std::size_t i = 10; i-- > 0; millis >>= 5) text[i] = kCrockford[millis & 31];
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 5; ++i)
      bits = bits << 8 | std::to_integer<std::uint64_t>(entropy[half * 5 + i]);
    for (std::size_t i = 8; i-- > 0; bits >>= 5) text[10 + half * 8 + i] = kCrockford[bits & 31];
  }
  return text;
}

bool valid_utf8(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  while (!text.empty()) {
    std::uint64_t word = kHighBits;
    if (text.size() >= sizeof word) std::memcpy(&word, text.data(), sizeof word);
    const std::size_t step = (word & kHighBits) == 0 ? sizeof word : sequence_length(text);
    if (step == 0) return false;
    text.remove_prefix(step);
  }
  return true;
}

}  // namespace deltapost
