// The part of BatchWriter that keeps what delivery has to remember.
#include <algorithm>

#include "store/refusal.hpp"
#include "store/sqlite/attempt_rows.hpp"
#include "store/sqlite/batch_writer.hpp"
#include "store/sqlite/packed_keys.hpp"

namespace deltapost::store::sqlite {
namespace {

/// The part of a hold's key that tells deliveries apart; a hold on the whole record has none.
struct OwnPlace {
  explicit OwnPlace(const Hold& hold)
      : seq(hold.scope == HoldScope::delivery ? hold.delivery.seq : 0),
        index(hold.scope == HoldScope::delivery ? hold.delivery.event_index : 0) {}
  Seq seq;
  std::uint32_t index;
};

}  // namespace

void BatchWriter::put(const DeliveryProgress& progress) {
  const Part part = progress.part;
  {
    Rows row = database_.query("SELECT epoch FROM cursors WHERE part = ?", part);
    const Epoch epoch = row.next() ? row.natural(0) : 0;
    if (epoch != progress.epoch) throw Refusal{stale_epoch(part, epoch, progress.epoch)};
  }
  if (progress.cursor) database_.execute("UPDATE cursors SET seq = ? WHERE part = ?", *progress.cursor, part);
  for (const auto& endpoint : progress.lags_removed) {
    database_.execute("DELETE FROM lags WHERE part = ? AND endpoint = ?", part, names_.give(endpoint.text()));
  }
  for (const auto& lag : progress.lags_put) put(part, lag);
  for (const auto& hold : progress.holds_removed) remove(part, hold);
  for (const auto& hold : progress.holds_put) put(part, hold);
  for (const auto& key : progress.dead_removed) {
    database_.execute("DELETE FROM dead WHERE part = ? AND endpoint = ? AND seq = ? AND event_index = ?",
                      part, names_.give(key.endpoint.text()), key.seq, key.event_index);
  }
  for (const auto& dead : progress.dead_put) put(part, dead);
  append(progress.attempts);
  for (const auto& endpoint : progress.endpoints_forgotten) forget(endpoint);
}

void BatchWriter::put(Part part, const Lag& lag) {
  database_.execute(
      "INSERT OR REPLACE INTO lags (part, endpoint, position, recover_until, recover_from) VALUES (?, ?, ?, "
      "?, ?)",
      part, names_.give(lag.endpoint.text()), lag.position, lag.recover_until, lag.recover_from);
}

void BatchWriter::put(Part part, const Hold& hold) {
  const OwnPlace own(hold);
  database_.execute(
      "INSERT OR REPLACE INTO holds (part, endpoint, scope, own_seq, own_index, kind, account, id, seq, "
      "event_index, "
      "tries, first_sent_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      part, names_.give(hold.delivery.endpoint.text()), static_cast<int>(hold.scope), own.seq, own.index,
      static_cast<int>(hold.record.kind), names_.give(hold.record.account.text()), hold.record.id,
      hold.delivery.seq, hold.delivery.event_index, hold.tries, hold.first_sent_at, hold.due_at);
}

void BatchWriter::remove(Part part, const Hold& hold) {
  const Name endpoint = names_.give(hold.delivery.endpoint.text());
  const int scope = static_cast<int>(hold.scope);
  if (hold.scope == HoldScope::delivery) {
    database_.execute(
        "DELETE FROM holds WHERE part = ? AND endpoint = ? AND scope = ? AND own_seq = ? AND own_index = ?",
        part, endpoint, scope, hold.delivery.seq, hold.delivery.event_index);
    return;
  }
  database_.execute(
      "DELETE FROM holds WHERE part = ? AND endpoint = ? AND scope = ? AND own_seq = 0 AND own_index = 0 AND "
      "kind = ? "
      "AND account = ? AND id = ?",
      part, endpoint, scope, static_cast<int>(hold.record.kind), names_.give(hold.record.account.text()),
      hold.record.id);
}

void BatchWriter::put(Part part, const DeadDelivery& dead) {
  database_.execute(
      "INSERT OR REPLACE INTO dead (part, endpoint, seq, event_index, kind, account, id, tries, "
      "first_sent_at, died_at, "
      "reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      part, names_.give(dead.delivery.endpoint.text()), dead.delivery.seq, dead.delivery.event_index,
      static_cast<int>(dead.record.kind), names_.give(dead.record.account.text()), dead.record.id, dead.tries,
      dead.first_sent_at, dead.died_at, dead.reason);
}

/// Each endpoint's in their order, one endpoint after the other, so that those of one share rows.
void BatchWriter::append(const std::vector<Attempt>& attempts) {
  std::vector<std::pair<Name, const Attempt*>> by_endpoint;
  by_endpoint.reserve(attempts.size());
  for (const auto& attempt : attempts)
    by_endpoint.emplace_back(names_.give(attempt.delivery.endpoint.text()), &attempt);
  std::ranges::stable_sort(by_endpoint, {}, &std::pair<Name, const Attempt*>::first);

  AttemptsPacker packer;
  Name in_row = 0, type = 0;
  const std::string* known_type = nullptr;  // most attempts are at events of one type
  const auto write = [&] {
    if (!packer.empty()) insert_attempts(database_, in_row, packer);
    packer.begin();
  };
  for (const auto& [endpoint, attempt] : by_endpoint) {
    if (endpoint != in_row || !packer.takes(*attempt)) write();
    in_row = endpoint;
    if (known_type == nullptr || *known_type != attempt->event_type) type = names_.give(attempt->event_type);
    known_type = &attempt->event_type;
    packer.add(next_attempt(endpoint), type, *attempt);
  }
  write();
}

std::uint64_t BatchWriter::next_attempt(Name endpoint) {
  auto [number, fresh] = numbers_.try_emplace(endpoint, 0);
  if (fresh) {
    if (const auto newest = newest_attempts(database_, endpoint))
      number->second = newest->attempts.back().attempt.number;
  }
  return ++number->second;
}

void BatchWriter::forget(const EndpointId& endpoint) {
  const auto known = names_.find(endpoint.text());
  if (!known) return;
  const auto name = static_cast<std::uint64_t>(*known);
  for (Part part = 0; part < ends_.size(); ++part) {
    database_.execute("DELETE FROM lags WHERE part = ? AND endpoint = ?", part, name);
    database_.execute("DELETE FROM holds WHERE part = ? AND endpoint = ?", part, name);
    database_.execute("DELETE FROM dead WHERE part = ? AND endpoint = ?", part, name);
  }
  database_.execute("DELETE FROM attempts WHERE attempt BETWEEN ? AND ?", AttemptRow::first(name),
                    AttemptRow::last(name));
  numbers_.erase(*known);
}

}  // namespace deltapost::store::sqlite
