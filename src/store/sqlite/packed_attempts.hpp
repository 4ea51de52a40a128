// Attempts of one endpoint, one after the other, as the bytes of one row: each tells only in what it differs
// from the one before it. What comes again and again (event type, status, what the receiver answered) then
// costs nothing, and a usual attempt some 22 bytes, 16 of them its event's id.
//
//   attempt   flags, [number], pos, at, latency, [event], [result], [first_lag], id, [error], [response]
//   flags     one byte; a bit each says that a part in brackets is as in the attempt before (for number: one
//             more), and one that the id is 16 bytes, which stand for 32 lower-case hex characters
//   number    less the one before, less 1
//   pos, at   less the one before, signed; pos is the LogPos of the change, at in milliseconds
//   event     event_index, event_type      result   attempt, status, outcome
//   first_lag at - first_sent_at, signed   id, error, response   size and bytes
//   numbers   LEB128, those that may be negative as zigzag (https://protobuf.dev/programming-guides/encoding)
// Before the first attempt of a row stands one that is all zero, but for its number: one less.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/names.hpp"
#include "store/types.hpp"

namespace deltapost::store::sqlite {

/// An attempt as a row keeps it: without endpoint, record and version, which the row and the change tell, and
/// with its event type as a name.
struct KeptAttempt {
  Attempt attempt;
  Name event_type = 0;
};

/// The row that attempts are put into. They must stay where they are until the next begin().
class AttemptsPacker {
 public:
  /// Changes that one row's attempts may be apart, and so how far from a change who looks for its attempts
  /// has to look.
  static constexpr std::int64_t kReach = 128;
  /// A row should lie in one page, or two small ones: with rows of half the size ten endpoints' attempts kept
  /// a tenth more bytes.
  static constexpr std::size_t kMostBytes = 1900;

  void begin();
  /// Whether the attempt may go into this row: one that is empty takes any.
  bool takes(const Attempt& attempt) const;
  /// Numbers ascend.
  void add(std::uint64_t number, Name event_type, const Attempt& attempt);

  bool empty() const { return bytes_.empty(); }
  std::uint64_t first_number() const { return first_number_; }
  /// The smallest and the greatest LogPos.
  std::int64_t low() const { return low_; }
  std::int64_t high() const { return high_; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::uint64_t first_number_ = 0, number_ = 0;
  std::int64_t low_ = 0, high_ = 0;
  Name event_type_ = 0;
  const Attempt* before_ = nullptr;  // null: none yet
};

/// What a row holds, ascending. Throws a Refusal (Fault::corrupt) for bytes that are no row's.
std::vector<KeptAttempt> unpack_attempts(std::uint64_t first_number, std::string_view bytes);

}  // namespace deltapost::store::sqlite
