#include "store/chain.hpp"

#include <array>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace deltapost::store {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kUsualFields = 256;
constexpr std::string_view kRedactedBegin = R"({"redacted":")", kRedactedEnd = R"("})";

/// What a hash covers: each field as its length (four bytes, little-endian) and its bytes, a number as eight
/// bytes, little-endian. Stored data depends on it.
class Fields {
 public:
  /// `bytes`: about what will be added.
  explicit Fields(std::size_t bytes) { bytes_.reserve(bytes); }
  Fields& add(std::string_view field) {
    append(field.size(), 4);
    bytes_ += field;
    return *this;
  }
  Fields& add(std::uint64_t number) {
    append(8, 4);
    append(number, 8);
    return *this;
  }
  Fields& add(Time time) { return add(static_cast<std::uint64_t>(time.time_since_epoch().count())); }
  std::string hash() const {
    std::array<char, 32> place;
    return std::string(sha256(bytes_, place).substr(0, kHashBytes));
  }

 private:
  void append(std::uint64_t number, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) bytes_ += static_cast<char>(number >> (8 * i) & 0xff);
  }
  std::string bytes_;
};

}  // namespace

std::string new_salt(Random& random) {
  return random_bytes(random, kSaltBytes);
}

std::string content_hash(std::string_view salt, std::string_view changes) {
  return Fields(kUsualFields + changes.size()).add(salt).add(changes).hash();
}

std::string chain_hash(std::string_view before, std::string_view salt, const LogEntry& entry) {
  const auto redacted = redacted_content(entry.changes);
  return Fields(kUsualFields)
      .add(before)
      .add(std::uint64_t{static_cast<std::uint8_t>(entry.key.kind)})
      .add(entry.key.account.text())
      .add(entry.key.id)
      .add(entry.version)
      .add(entry.at)
      .add(entry.updated_at)
      .add(std::uint64_t{entry.deleted ? 1u : 0u})
      .add(entry.origin.actor)
      .add(entry.origin.source)
      .add(entry.origin.receipt)
      .add(redacted ? *redacted : content_hash(salt, entry.changes))
      .hash();
}

std::string redacted(std::string_view content_hash) {
  return std::string(kRedactedBegin) + hex(content_hash) + std::string(kRedactedEnd);
}

bool is_redacted(std::string_view changes) {
  return changes.size() == kRedactedBegin.size() + 2 * kHashBytes + kRedactedEnd.size() &&
         changes.starts_with(kRedactedBegin) && changes.ends_with(kRedactedEnd);
}

std::optional<std::string> redacted_content(std::string_view changes) {
  if (!is_redacted(changes)) return std::nullopt;
  auto content = from_hex(changes.substr(kRedactedBegin.size(), 2 * kHashBytes));
  if (!content) return std::nullopt;
  return *std::move(content);
}

}  // namespace deltapost::store
