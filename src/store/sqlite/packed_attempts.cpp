#include "store/sqlite/packed_attempts.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/packed_keys.hpp"

namespace deltapost::store::sqlite {
namespace {

enum Flag : unsigned char {
  kNextNumber = 1,
  kSameEvent = 2,
  kSameResult = 4,
  kSameFirstLag = 8,
  kSameError = 16,
  kSameResponse = 32,
  kHexId = 64,
};

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kMostNumbers = 64;  // bytes of all the numbers of an attempt, in the worst case

const Attempt& all_zero() {
  static const Attempt zero = [] {
    Attempt attempt;
    attempt.attempt = 0;
    attempt.outcome = Outcome{};
    return attempt;
  }();
  return zero;
}

std::int64_t pos_of(const Attempt& attempt) {
  return LogPos::pack(attempt.delivery.part, attempt.delivery.seq);
}

Millis first_lag(const Attempt& attempt) {
  return attempt.at - attempt.first_sent_at;
}

bool is_hex_id(std::string_view id) {
  return id.size() == 2 * kIdBytes &&
         std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

unsigned half_byte(char digit) {
  return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

void put(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

void put_signed(std::string& out, std::int64_t number) {
  put(out, static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63));
}

void put_text(std::string& out, std::string_view text) {
  put(out, text.size());
  out += text;
}

void put_id(std::string& out, std::string_view id, bool hex) {
  if (!hex) return put_text(out, id);
  for (std::size_t i = 0; i < id.size(); i += 2)
    out += static_cast<char>(half_byte(id[i]) << 4 | half_byte(id[i + 1]));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  unsigned byte() { return static_cast<unsigned char>(take(1).front()); }
  std::uint64_t number() {
    std::uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const unsigned next = byte();
      number |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) return number;
    }
    throw corrupt();
  }
  std::int64_t signed_number() {
    const std::uint64_t number = this->number();
    return static_cast<std::int64_t>(number >> 1 ^ (0 - (number & 1)));
  }
  std::string text() { return std::string(take(number())); }
  std::string id(bool as_hex) { return as_hex ? hex(take(kIdBytes)) : text(); }

 private:
  static Refusal corrupt() { return {{Fault::corrupt, "a row of attempts at deliveries cannot be read"}}; }
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) throw corrupt();
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

}  // namespace

void AttemptsPacker::begin() {
  bytes_.clear();
  before_ = nullptr;
}

bool AttemptsPacker::takes(const Attempt& attempt) const {
  if (bytes_.empty()) return true;
  const std::int64_t pos = pos_of(attempt);
  if (std::max(high_, pos) - std::min(low_, pos) >= kReach) return false;
  return bytes_.size() + kMostNumbers + attempt.event_id.size() + attempt.error.size() +
             attempt.response.size() <=
         kMostBytes;
}

void AttemptsPacker::add(std::uint64_t number, Name event_type, const Attempt& attempt) {
  const std::int64_t pos = pos_of(attempt);
  if (before_ == nullptr) {
    before_ = &all_zero();
    first_number_ = number;
    number_ = number - 1;
    event_type_ = 0;
    low_ = high_ = pos;
  }
  const Attempt& before = *before_;
  const bool next = number == number_ + 1;
  const bool same_event =
      event_type == event_type_ && attempt.delivery.event_index == before.delivery.event_index;
  const bool same_result = attempt.attempt == before.attempt && attempt.status == before.status &&
                           attempt.outcome == before.outcome;
  const bool same_lag = first_lag(attempt) == first_lag(before);
  const bool same_error = attempt.error == before.error;
  const bool same_response = attempt.response == before.response;
  const bool hex = is_hex_id(attempt.event_id);

  bytes_ += static_cast<char>((next ? kNextNumber : 0) | (same_event ? kSameEvent : 0) |
                              (same_result ? kSameResult : 0) | (same_lag ? kSameFirstLag : 0) |
                              (same_error ? kSameError : 0) | (same_response ? kSameResponse : 0) |
                              (hex ? kHexId : 0));
  if (!next) put(bytes_, number - number_ - 1);
  put_signed(bytes_, pos - pos_of(before));
  put_signed(bytes_, (attempt.at - before.at).count());
  put(bytes_, attempt.latency_ms);
  if (!same_event) {
    put(bytes_, attempt.delivery.event_index);
    put(bytes_, static_cast<std::uint64_t>(event_type));
  }
  if (!same_result) {
    put(bytes_, attempt.attempt);
    put(bytes_, attempt.status);
    put(bytes_, static_cast<std::uint64_t>(attempt.outcome));
  }
  if (!same_lag) put_signed(bytes_, first_lag(attempt).count());
  put_id(bytes_, attempt.event_id, hex);
  if (!same_error) put_text(bytes_, attempt.error);
  if (!same_response) put_text(bytes_, attempt.response);

  low_ = std::min(low_, pos);
  high_ = std::max(high_, pos);
  number_ = number;
  event_type_ = event_type;
  before_ = &attempt;
}

std::vector<KeptAttempt> unpack_attempts(std::uint64_t first_number, std::string_view bytes) {
  std::vector<KeptAttempt> attempts;
  KeptAttempt before{all_zero(), 0};
  before.attempt.number = first_number - 1;
  std::int64_t pos = 0;
  for (Reader reader(bytes); !reader.at_end(); before = attempts.back()) {
    KeptAttempt kept = before;
    Attempt& attempt = kept.attempt;
    const unsigned flags = reader.byte();
    const auto has = [flags](Flag flag) { return (flags & flag) != 0; };
    attempt.number += 1 + (has(kNextNumber) ? 0 : reader.number());
    pos += reader.signed_number();
    attempt.delivery.part = static_cast<Part>(LogPos::high(pos));
    attempt.delivery.seq = LogPos::low(pos);
    attempt.at += Millis{reader.signed_number()};
    attempt.latency_ms = static_cast<std::uint32_t>(reader.number());
    if (!has(kSameEvent)) {
      attempt.delivery.event_index = static_cast<std::uint32_t>(reader.number());
      kept.event_type = static_cast<Name>(reader.number());
    }
    if (!has(kSameResult)) {
      attempt.attempt = static_cast<std::uint32_t>(reader.number());
      attempt.status = static_cast<std::uint16_t>(reader.number());
      attempt.outcome = static_cast<Outcome>(reader.number());
    }
    const Millis lag = has(kSameFirstLag) ? first_lag(before.attempt) : Millis{reader.signed_number()};
    attempt.first_sent_at = attempt.at - lag;
    attempt.event_id = reader.id(has(kHexId));
    if (!has(kSameError)) attempt.error = reader.text();
    if (!has(kSameResponse)) attempt.response = reader.text();
    attempts.push_back(std::move(kept));
  }
  return attempts;
}

}  // namespace deltapost::store::sqlite
