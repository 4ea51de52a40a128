// What the stores' contract does not reach: rows at their limits, and bytes that are no row's.
#include <gtest/gtest.h>

#include <algorithm>

#include "store/sqlite/database.hpp"
#include "store/sqlite/packed_attempts.hpp"

namespace deltapost::store::sqlite {
namespace {

Attempt attempt_of(Seq seq, const std::string& response = "ok") {
  Attempt attempt;
  attempt.delivery.seq = seq;
  attempt.event_id = "0123456789abcdef0123456789abcdef";
  attempt.at = attempt.first_sent_at = Time{Millis{1'764'000'000'000}};
  attempt.latency_ms = 3;
  attempt.status = 200;
  attempt.response = response;
  return attempt;
}

std::string three_of_a_kind() {
  static const std::vector<Attempt> attempts{attempt_of(7), attempt_of(8, "thanks"), attempt_of(9)};
  AttemptsPacker packer;
  for (std::size_t i = 0; i < attempts.size(); ++i) packer.add(5 + 2 * i, 3, attempts[i]);
  return packer.bytes();
}

TEST(PackedAttempts, TakeLittleMoreThanTheirEventsIds) {
  const std::vector<Attempt> attempts(40, attempt_of(7));
  AttemptsPacker packer;
  packer.add(1, 3, attempts[0]);
  const std::size_t first = packer.bytes().size();
  for (std::size_t i = 1; i < attempts.size(); ++i) packer.add(i + 1, 3, attempts[i]);
  EXPECT_EQ(packer.bytes().size(), first + 39 * 20);
}

TEST(PackedAttempts, AreReadAsTheyWereWritten) {
  const auto kept = unpack_attempts(5, three_of_a_kind());
  ASSERT_EQ(kept.size(), 3u);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i].attempt.number, 5 + 2 * i);
    EXPECT_EQ(kept[i].attempt.delivery.seq, 7 + i);
    EXPECT_EQ(kept[i].attempt.response, i == 1 ? "thanks" : "ok");
    EXPECT_EQ(kept[i].event_type, 3);
  }
}

TEST(PackedAttempts, OfChangesFarApartShareNoRow) {
  const std::vector<Attempt> attempts{attempt_of(1000)};
  AttemptsPacker packer;
  EXPECT_TRUE(packer.takes(attempt_of(1)));
  packer.add(1, 3, attempts[0]);
  EXPECT_TRUE(packer.takes(attempt_of(1000 + AttemptsPacker::kReach - 1)));
  EXPECT_FALSE(packer.takes(attempt_of(1000 + AttemptsPacker::kReach)));
  EXPECT_TRUE(packer.takes(attempt_of(1000 - AttemptsPacker::kReach + 1)));
  EXPECT_FALSE(packer.takes(attempt_of(1000 - AttemptsPacker::kReach)));
}

TEST(PackedAttempts, OfOneRowFitIntoAPageUnlessThereIsOneAlone) {
  const std::string large(16 * 1024, 'x');
  const std::vector<Attempt> alone{attempt_of(1, large)}, many(200, attempt_of(1));
  AttemptsPacker packer;
  EXPECT_TRUE(packer.takes(alone[0]));
  packer.add(1, 3, alone[0]);
  EXPECT_FALSE(packer.takes(many[0]));
  packer.begin();
  std::size_t taken = 0;
  for (; packer.takes(many[taken]); ++taken) packer.add(taken + 1, 3, many[taken]);
  EXPECT_GT(taken, 80u);
  EXPECT_LE(packer.bytes().size(), AttemptsPacker::kMostBytes);
}

TEST(PackedAttempts, ThatBreakOffAreCorrupt) {
  const std::string whole = three_of_a_kind();
  std::size_t sound = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    try {
      static_cast<void>(unpack_attempts(5, std::string_view(whole).substr(0, size)));
      ++sound;
    } catch (const Refusal& refusal) {
      EXPECT_EQ(refusal.error.fault, Fault::corrupt);
    }
  }
  EXPECT_EQ(sound, 3u);  // none, one, two attempts
}

TEST(PackedAttempts, OfNumbersWithoutAnEndAreCorrupt) {
  EXPECT_THROW(static_cast<void>(unpack_attempts(1, std::string("\x00", 1) + std::string(50, '\xff'))),
               Refusal);
}

}  // namespace
}  // namespace deltapost::store::sqlite
