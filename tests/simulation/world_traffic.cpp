// Requests on their way to receivers, and progress on its way to the store.
#include "simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "delivery/retry_policy.hpp"

namespace deltapost::simulation {

using namespace delivery;

namespace {

constexpr Millis kTimeout{5000};

}  // namespace

// ---- requests

void World::carry_out(const Send& send) {
  ++sent_;
  Receiver& receiver = *receiver_of(send.endpoint);
  const auto page = *store_.read_log(send.part, send.seq - 1, 1);
  const store::LogEntry& entry = page.entries.at(0);
  const DeliveredKey key{send.part, send.seq, send.event_index};
  Receipt& receipt = receiver.receipts[key];
  const std::string name = fmt::format("receiver {}, record {} version {}, event {}", receiver.number,
                                       entry.key.id, entry.version, send.event_index);

  tell(name + fmt::format(" (seq {}.{}): sent, attempt {}", send.part, send.seq, send.attempt));
  if (!(entry.key == send.record->key)) break_promise(name + ": sent as an event of another record");
  if (receiver.settings.state != EndpointState::active)
    break_promise(name + ": sent though it is not active");
  const auto wanted = events_for(receiver, entry.key, entry.version);
  if (std::find(wanted.begin(), wanted.end(), send.event_index) == wanted.end()) {
    break_promise(name + ": sent though nobody wants it");
  }
  // Going back over a time when the order was another may meet what still waits from then: the one case in
  // which a delivery that nobody lost is made twice.
  const bool excused = receipt.may_repeat || (receiver.order_switched && receiver.asked_again);
  if (receipt.told_in && !excused) {
    if (*receipt.told_in == life_) break_promise(name + ": sent again though it was delivered");
    const bool of_the_orderly_life = receiver.orderly && *receipt.told_in == life_ - 1;
    if (of_the_orderly_life && receipt.saved && options_.prompt_histories)
      break_promise(name + ": sent again after an orderly stop");
    if (receipt.saved) {
      // Only those behind one that was under way.
      receiver.saved_repeats.insert(key);
      const std::size_t most = options_.limits.stragglers + receiver.settings.concurrency + 3;
      if (receiver.saved_repeats.size() > most * options_.partitions) {
        break_promise(name + ": too many repeats after a crash");
      }
    }
  }
  const bool ordered =
      receiver.settings.order == Order::record && !receiver.order_varied && !receipt.may_repeat;
  if (ordered && receiver.in_flight[entry.key] > 0) break_promise(name + ": two of one record at once");
  if (ordered) {
    ++receiver.in_flight[entry.key];
    open_requests_[send.token] = {&receiver, entry.key};
  }

  const Manner& manner = receiver.manner;
  const bool poisoned = mix(std::hash<RecordKey>{}(entry.key) + 7) % 1000 < manner.poison * 1000;
  const bool refused = poisoned || chance() < manner.failing;
  const bool lost = manner.hanging || (!refused && chance() < manner.lost_answers);
  const bool taken = !refused && !manner.hanging;
  Millis latency = manner.latency;
  if (manner.latency_spread.count() > 0)
    latency +=
        Millis{static_cast<Millis::rep>(below(static_cast<std::uint64_t>(manner.latency_spread.count())))};
  const Version version = entry.version;
  on_the_wire_[send.token] = Orphan{&receiver, send, version, taken};

  at(now_ + latency / 2, [this, send, life = life_] {
    if (life != life_) return;
    const auto node = on_the_wire_.extract(send.token);
    request_arrives(*node.mapped().receiver, send, node.mapped().version, node.mapped().taken);
  });
  Answer answer;
  answer.status = lost ? 0 : refused ? manner.status : 200;
  answer.retry_after = refused ? manner.retry_after : std::nullopt;
  answer.attempt.version = version;
  answer.attempt.at = now_;
  answer.attempt.first_sent_at = send.first_sent_at;
  if (lost) answer.attempt.error = "timed out after 5000 ms";
  at(now_ + (lost ? std::max(kTimeout, latency) : latency), [this, key, send, answer, &receiver,
                                                             life = life_] {
    if (life != life_) return;
    if (const auto open = open_requests_.extract(send.token)) --receiver.in_flight[open.mapped().second];
    const auto* attempt = engine_->answered(send.token, answer, now_);
    if (attempt == nullptr) return;
    tell(fmt::format("receiver {}, seq {}.{}, event {}: answered {}, outcome {}", receiver.number, send.part,
                     send.seq, send.event_index, answer.status, static_cast<int>(attempt->outcome)));
    if (attempt->outcome == store::Outcome::delivered) receiver.receipts[key].told_in = life_;
    if (attempt->outcome == store::Outcome::dead) receiver.receipts[key].died = true;
    if ((attempt->outcome == store::Outcome::delivered) != is_success(answer.status))
      break_promise("a wrong outcome");
    if (below(3) == 0) save_progress(false);
    at(now_ + Millis{20}, [this, life] {
      if (life == life_) save_progress(false);
    });
  });
}

void World::request_arrives(Receiver& receiver, const Send& send, Version version, bool taken) {
  if (!taken || receiver.removed) return;
  const DeliveredKey key{send.part, send.seq, send.event_index};
  Receipt& receipt = receiver.receipts[key];
  if (++receipt.taken > 1) return;
  receiver.taken_at[key] = now_;
  if (receiver.settings.order != Order::record || receiver.order_varied || receipt.may_repeat || receipt.died)
    return;
  auto& newest = receiver.newest[send.record->key];
  if (std::pair{version, send.event_index} < newest) {
    break_promise(fmt::format("receiver {}, record {}: version {} event {} came after version {} event {}",
                              receiver.number, send.record->key.id, version, send.event_index, newest.first,
                              newest.second));
  }
  newest = {version, send.event_index};
}

// ---- progress

void World::save_progress(bool all) {
  if (options_.prompt_histories && !driving_) drive();
  for (Part part = 0; part < options_.partitions; ++part) {
    if (saving_[part]) continue;
    auto progress = engine_->take_progress(part, all);
    if (!progress) continue;
    saving_[part] = true;
    at(now_ + delay(options_.commit_delay), [this, progress = std::move(*progress), life = life_] {
      store::Batch batch;
      batch.progress.push_back(std::make_shared<const store::DeliveryProgress>(progress));
      const auto receipt = store_.commit(batch);
      if (life != life_) {  // a paused owner may try, but must not succeed
        if (receipt) break_promise("progress of an earlier life was taken");
        return;
      }
      if (tells_) {
        std::string rows =
            fmt::format("saved: part {} cursor {}", progress.part, progress.cursor.value_or(0));
        for (const auto& lag : progress.lags_put)
          rows += fmt::format(" lag({} {} until {})", lag.endpoint.text(), lag.position, lag.recover_until);
        for (const auto& id : progress.lags_removed) rows += fmt::format(" -lag({})", id.text());
        for (const auto& hold : progress.holds_put)
          rows += fmt::format(" hold({} {} {}.{} due {})", hold.delivery.endpoint.text(), hold.record.id,
                              hold.delivery.seq, hold.delivery.event_index, iso_millis(hold.due_at));
        for (const auto& hold : progress.holds_removed)
          rows += fmt::format(" -hold({} {})", hold.delivery.endpoint.text(), hold.record.id);
        for (const auto& dead : progress.dead_put)
          rows += fmt::format(" dead({} {}.{})", dead.delivery.endpoint.text(), dead.delivery.seq,
                              dead.delivery.event_index);
        tell(rows);
      }
      if (!receipt) return break_promise("progress was refused: " + receipt.error().message);
      committed(progress);
    });
  }
}

void World::committed(const store::DeliveryProgress& progress) {
  saving_[progress.part] = false;
  engine_->progress_saved(progress.part);
  for (const auto& attempt : progress.attempts) {
    if (attempt.outcome != store::Outcome::delivered) continue;
    for (auto& receiver : receivers_) {
      if (receiver->settings.id != attempt.delivery.endpoint) continue;
      receiver->receipts[{attempt.delivery.part, attempt.delivery.seq, attempt.delivery.event_index}].saved =
          true;
    }
  }
  owe_what_is_recovered();
  // What was answered meanwhile.
  at(now_ + Millis{20}, [this, life = life_] {
    if (life == life_) save_progress(false);
  });
}

void World::owe_what_is_recovered() {
  if (loads_.empty()) return;
  save_progress(true);
  if (std::find(saving_.begin(), saving_.end(), true) != saving_.end()) return;
  const auto loads = std::exchange(loads_, {});
  for (const auto& load : loads) {
    Receiver* receiver = receiver_of(load.endpoint);
    if (receiver == nullptr) continue;
    if (receiver->recovering_since) {
      // The lag row is in the store: from now on even a crash does not make it forget.
      receiver->owed_since = std::min(receiver->owed_since.value_or(now_), *receiver->recovering_since);
      receiver->recovering_since.reset();
    }
    load_delivered(load);
  }
}

void World::load_delivered(const LoadDelivered& load) {
  DeliveredSet delivered;
  const Receiver& receiver = *receiver_of(load.endpoint);
  const auto attempts = *store_.attempts(receiver.settings.id, 0, 1'000'000);
  for (const auto& attempt : attempts) {
    if (attempt.at < load.since || attempt.outcome != store::Outcome::delivered) continue;
    delivered.push_back({attempt.delivery.part, attempt.delivery.seq, attempt.delivery.event_index});
  }
  std::sort(delivered.begin(), delivered.end());
  at(now_ + delay(options_.read_delay), [this, load, delivered = std::move(delivered), life = life_] {
    if (life != life_) return;
    engine_->delivered_loaded(load, delivered, now_);
    // Asked again while it was loading: that, too, is owed once it is committed.
    if (Receiver* asked = receiver_of(load.endpoint); asked != nullptr && asked->recovering_since) {
      loads_.push_back(load);
      owe_what_is_recovered();
    }
  });
}

}  // namespace deltapost::simulation
