#include "record/record.hpp"

#include "base/check.hpp"

namespace deltapost {
namespace {

constexpr std::size_t kContactIdDigits = 16;
constexpr std::uint64_t kContactIdBound = std::uint64_t{1} << 53;

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::lead:
      return "lead";
    case Kind::contact:
      return "contact";
    case Kind::endpoint:
      return "endpoint";
    case Kind::api_key:
      return "api_key";
    case Kind::account:
      return "account";
    case Kind::source:
      return "source";
    case Kind::audit:
      return "audit";
  }
  DP_CHECK(false);
  return {};
}

std::optional<Kind> parse_kind(std::string_view text) {
  for (const Kind kind : kAllKinds) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

std::string contact_key_id(std::uint64_t id) {
  DP_CHECK(id < kContactIdBound);
  std::string digits = std::to_string(id);
  return std::string(kContactIdDigits - digits.size(), '0') + digits;
}

std::string wire_id(const RecordKey& key) {
  if (key.kind != Kind::contact) return key.id;
  const std::size_t first = key.id.find_first_not_of('0');
  return first == std::string::npos ? "0" : key.id.substr(first);
}

}  // namespace deltapost
