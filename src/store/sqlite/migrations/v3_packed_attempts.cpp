#include "store/sqlite/migrations/v3_packed_attempts.hpp"

#include <deque>

#include "store/sqlite/attempt_rows.hpp"
#include "store/sqlite/packed_keys.hpp"

namespace deltapost::store::sqlite {
namespace {

KeptAttempt to_kept(Rows& row) {
  KeptAttempt kept;
  Attempt& attempt = kept.attempt;
  attempt.number = AttemptRow::low(row.integer(0));
  attempt.delivery.part = static_cast<Part>(LogPos::high(row.integer(1)));
  attempt.delivery.seq = LogPos::low(row.integer(1));
  attempt.delivery.event_index = static_cast<std::uint32_t>(row.integer(2));
  kept.event_type = row.integer(3);
  attempt.attempt = static_cast<std::uint32_t>(row.integer(4));
  attempt.at = row.time(5);
  attempt.first_sent_at = attempt.at - Millis{row.integer(6)};
  attempt.latency_ms = static_cast<std::uint32_t>(row.integer(7));
  attempt.status = static_cast<std::uint16_t>(row.integer(8));
  attempt.outcome = static_cast<Outcome>(row.integer(9));
  attempt.event_id = row.text(10);
  attempt.error = row.text(11);
  attempt.response = row.text(12);
  return kept;
}

}  // namespace

void pack_single_attempts(Database& writer) {
  AttemptsPacker packer;
  std::deque<KeptAttempt> in_row;  // the packer looks back at them
  Name endpoint = 0;
  const auto write = [&] {
    if (!packer.empty()) insert_attempts(writer, endpoint, packer);
    packer.begin();
    in_row.clear();
  };
  {
    Rows rows = writer.query(
        "SELECT attempt, pos, event_index, event_type, try, at, first_lag, latency_ms, status, outcome, "
        "event_id, error, response FROM single_attempts ORDER BY attempt");
    while (rows.next()) {
      const auto of = static_cast<Name>(AttemptRow::high(rows.integer(0)));
      KeptAttempt kept = to_kept(rows);
      if (of != endpoint || !packer.takes(kept.attempt)) write();
      endpoint = of;
      const KeptAttempt& stays = in_row.emplace_back(std::move(kept));
      packer.add(stays.attempt.number, stays.event_type, stays.attempt);
    }
    write();
  }
  writer.run("DROP TABLE single_attempts");
}

}  // namespace deltapost::store::sqlite
