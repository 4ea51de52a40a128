#include "simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/check.hpp"
#include "delivery/retry_policy.hpp"

namespace deltapost::simulation {

using namespace delivery;

namespace {

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

constexpr Millis kTimeout{5000};

}  // namespace

World::World(std::uint64_t seed, WorldOptions options)
    : options_(options),
      dice_(seed),
      jitter_(mix(seed)),
      store_(options.partitions),
      epochs_(options.partitions),
      saving_(options.partitions),
      tells_(std::getenv("DELTAPOST_TRACE") != nullptr) {
  start_engine();
}

World::~World() = default;

void World::break_promise(const std::string& what) {
  if (broken_.empty()) broken_ = fmt::format("at {}: {}", iso_millis(now_), what);
}

void World::tell(const std::string& what) const {
  if (tells_) fmt::print("{} {}\n", iso_millis(now_), what);
}

Millis World::delay(Millis usual) {
  return options_.vary_delays
             ? Millis{static_cast<Millis::rep>(below(static_cast<std::uint64_t>(usual.count()) * 3 + 1))}
             : usual;
}

// ---- time

void World::at(Time time, std::function<void()> what) {
  events_.push({time, next_event_++, std::move(what)});
}

void World::run_until(Time time) {
  drive();
  while (broken_.empty()) {
    std::optional<Time> next;
    if (!events_.empty()) next = events_.top().at;
    if (const auto wake = engine_->next_wake()) next = next ? std::min(*next, *wake) : *wake;
    if (!next || *next > time) break;
    now_ = std::max(now_, *next);
    if (!events_.empty() && events_.top().at <= now_) {
      const auto what = events_.top().what;
      events_.pop();
      what();
    }
    drive();
  }
  now_ = std::max(now_, time);
}

void World::drive() {
  driving_ = true;
  drive_to_rest();
  driving_ = false;
}

void World::drive_to_rest() {
  for (int rounds = 0; rounds < 1000; ++rounds) {
    actions_.clear();
    engine_->poll(now_, actions_);
    if (actions_.empty()) {
      check_memory();
      return;
    }
    for (const auto& action : actions_.sends) carry_out(action);
    for (const auto& action : actions_.log_reads) carry_out(action);
    for (const auto& action : actions_.history_reads) carry_out(action);
    for (const auto& action : actions_.delivered_loads) carry_out(action);
    for (const auto& action : actions_.disables) carry_out(action);
  }
  break_promise("the engine never comes to rest");
}

// ---- the engine's surroundings

void World::start_engine() {
  ++life_;
  engine_ = std::make_unique<Engine>(options_.limits, *this, jitter_);
  by_handle_.clear();
  for (auto& receiver : receivers_) {
    if (!receiver->removed) by_handle_[engine_->put(receiver->settings, now_)] = receiver.get();
  }
  for (Part part = 0; part < options_.partitions; ++part) {
    const auto lease =
        store_.claim_lease(part, "life " + std::to_string(life_), Millis{0}, now_ + Millis{life_});
    DP_CHECK(lease && *lease);
    epochs_[part] = (*lease)->epoch;
    saving_[part] = false;
    engine_->open(part, epochs_[part], *store_.delivery_state(part), *store_.head(part), now_);
  }
}

void World::crash() {
  tell("crash");
  // What is on the wire arrives or does not; nobody will hear the answer.
  for (auto& [token, orphan] : on_the_wire_) {
    if (chance() < 0.5) request_arrives(*orphan.receiver, orphan.send, orphan.version, orphan.taken);
  }
  on_the_wire_.clear();
  open_requests_.clear();
  loads_.clear();
  for (auto& receiver : receivers_) {
    receiver->in_flight.clear();
    receiver->saved_repeats = 0;
    receiver->orderly = false;
    receiver->recovering_since.reset();
    receiver->recovery_loaded = false;
  }
  start_engine();
  drive();
}

void World::restart() {
  tell("restart");
  engine_->quiesce();
  const Time patience = now_ + Millis{20'000};
  while (broken_.empty() && engine_->in_flight() > 0 && now_ < patience) run_until(now_ + Millis{100});
  run_until(now_ + Millis{200});  // histories are read to the end
  engine_->put_away(now_);
  for (int i = 0; i < 3; ++i) {
    save_progress(true);
    run_until(now_ + Millis{500});
  }
  const bool idle = engine_->in_flight() == 0;
  crash();
  for (auto& receiver : receivers_) receiver->orderly = idle;
}

Receiver* World::receiver_of(EndpointHandle handle) {
  const auto found = by_handle_.find(handle);
  return found == by_handle_.end() ? nullptr : found->second;
}

EntryPtr World::entry_of(const store::LogEntry& entry) {
  return std::make_shared<const Entry>(entry.part, entry.seq, entry.version, entry.at,
                                       std::make_shared<const RecordRef>(entry.key));
}

std::vector<std::uint32_t> World::events_for(const Receiver& receiver, const RecordKey& key,
                                             Version version) {
  const std::uint64_t of_change = mix(std::hash<RecordKey>{}(key) + version);
  std::vector<std::uint32_t> events;
  for (std::uint32_t index = 0; index < 1 + of_change % 3; ++index) {
    if (mix(of_change + index * 31 + static_cast<std::uint64_t>(receiver.number) * 1009) % 4 != 0) {
      events.push_back(index);
    }
  }
  return events;
}

void World::match(EndpointHandle endpoint, const Entry& entry, std::vector<std::uint32_t>& events) {
  events = events_for(*receiver_of(endpoint), entry.record->key, entry.version);
}

void World::carry_out(const ReadLog& read) {
  const auto page = *store_.read_log(read.part, read.after, read.limit);
  at(now_ + delay(options_.read_delay), [this, read, page, life = life_] {
    if (life != life_) return;
    std::vector<EntryPtr> entries;
    for (const auto& entry : page.entries) entries.push_back(entry_of(entry));
    engine_->log_read(read, entries, page.read_up_to, now_);
  });
}

void World::carry_out(const ReadHistory& read) {
  const auto found =
      *store_.history(read.line.record->key, store::HistoryQuery{.after = read.after, .limit = read.limit});
  const auto hand_over = [this, read, found, life = life_] {
    if (life != life_) return;
    std::vector<EntryPtr> entries;
    for (const auto& entry : found) entries.push_back(entry_of(entry));
    engine_->history_read(read, entries, found.size() == read.limit, now_);
  };
  if (options_.prompt_histories) {
    hand_over();
  } else {
    at(now_ + delay(options_.read_delay), hand_over);
  }
}

void World::carry_out(const LoadDelivered& load) {
  // Nothing is in flight any more. What was missed now comes after what was not: order starts over.
  receiver_of(load.endpoint)->newest.clear();
  save_progress(true);
  loads_.push_back(load);
  at(now_, [this, life = life_] {
    if (life == life_) owe_what_is_recovered();
  });
}

void World::carry_out(const Disable& disable) {
  Receiver* receiver = receiver_of(disable.endpoint);
  if (chance() < 0.2) return;  // nobody listened; it is said again
  at(now_ + delay(Millis{20}), [this, receiver] {
    if (!receiver->removed) edit(*receiver, [](auto& settings) { settings.state = EndpointState::disabled; });
  });
}

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
      // Only those behind one that was under way, and the last ones of lines whose history was being read.
      const int most = static_cast<int>(3 * (options_.limits.stragglers + receiver.settings.concurrency) + 3);
      if (++receiver.saved_repeats > most * static_cast<int>(options_.partitions)) {
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
      batch.progress.push_back(progress);
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

// ---- what happens

void World::change(int account, int record) {
  store::RecordWrite write;
  write.entry.key = {AccountId{"account " + std::to_string(account)}, Kind::lead,
                     "lead" + std::to_string(record)};
  write.entry.version = ++versions_[write.entry.key];
  write.entry.at = write.updated_at = now_;
  write.entry.changes = "{}";
  write.entry.document = std::make_shared<const std::string>("{}");
  store::Batch batch;
  batch.writes.push_back(std::move(write));
  const auto receipt = store_.commit(batch);
  DP_CHECK(receipt.has_value());
  tell(fmt::format("change of lead{} version {}: seq {}.{}", record, receipt->entries[0].version,
                   receipt->entries[0].part, receipt->entries[0].seq));
  engine_->log_grew(receipt->entries[0].part, receipt->entries[0].seq);
}

Receiver& World::add_receiver(int account, EndpointSettings settings, Manner manner) {
  now_ += Millis{1};  // what was committed at this very millisecond is not owed
  auto receiver = std::make_unique<Receiver>();
  receiver->number = static_cast<int>(receivers_.size());
  settings.id = EndpointId{"endpoint " + std::to_string(receiver->number)};
  settings.account = AccountId{"account " + std::to_string(account)};
  settings.starts_at = now_;
  receiver->owed_since = now_;
  receiver->order_varied = settings.order == Order::none;
  receiver->settings = std::move(settings);
  receiver->manner = manner;
  receivers_.push_back(std::move(receiver));
  Receiver& added = *receivers_.back();
  tell(fmt::format("receiver {} added, order {}", added.number, static_cast<int>(added.settings.order)));
  by_handle_[engine_->put(added.settings, now_)] = &added;
  return added;
}

void World::edit(Receiver& receiver, const std::function<void(EndpointSettings&)>& edit) {
  const EndpointState before = receiver.settings.state;
  const Order order_before = receiver.settings.order;
  edit(receiver.settings);
  if (receiver.settings.order == Order::none) receiver.order_varied = true;
  if (receiver.settings.order != order_before) receiver.order_switched = true;
  const bool disabled = receiver.settings.state == EndpointState::disabled;
  if (before == EndpointState::disabled && !disabled) {
    now_ += Millis{1};
    receiver.settings.starts_at = now_;
    receiver.owed_since = now_;
  }
  if (disabled) {
    receiver.owed_since.reset();
    receiver.recovering_since.reset();
  }
  tell(fmt::format("receiver {} edited, state {}", receiver.number,
                   static_cast<int>(receiver.settings.state)));
  engine_->put(receiver.settings, now_);
  save_progress(true);
}

void World::remove(Receiver& receiver) {
  receiver.removed = true;
  receiver.owed_since.reset();
  engine_->remove(receiver.settings.id);
  std::erase_if(by_handle_, [&](const auto& entry) { return entry.second == &receiver; });
}

void World::resend_any(Receiver& receiver) {
  if (receiver.receipts.empty()) return;
  auto it = receiver.receipts.begin();
  std::advance(it, static_cast<std::ptrdiff_t>(below(receiver.receipts.size())));
  const auto page = *store_.read_log(it->first.part, it->first.seq - 1, 1);
  const auto asked = engine_->resend(*engine_->find(receiver.settings.id), entry_of(page.entries.at(0)),
                                     it->first.event_index, std::nullopt, now_);
  tell(fmt::format("receiver {}: resend seq {}.{} event {}: {}", receiver.number, it->first.part,
                   it->first.seq, it->first.event_index, asked.has_value()));
  if (!asked) return;
  it->second.may_repeat = true;
  receiver.asked_again = true;
}

void World::recover(Receiver& receiver, Time since) {
  std::vector<std::pair<Part, Seq>> positions;
  for (Part part = 0; part < options_.partitions; ++part)
    positions.emplace_back(part, *store_.seq_before(part, since));
  if (!engine_->recover(*engine_->find(receiver.settings.id), positions, since, now_)) return;
  tell(fmt::format("receiver {}: recover since {}", receiver.number, iso_millis(since)));
  receiver.asked_again = true;
  receiver.recovering_since = std::min(since, receiver.recovering_since.value_or(since));
}

// ---- promises

void World::check_memory() {
  for (const auto& [handle, receiver] : by_handle_) {
    const auto status = engine_->status(handle);
    const std::size_t most = 2 * options_.limits.window + options_.limits.line_items + 8 + status.held;
    if (status.in_memory > most) {
      break_promise(
          fmt::format("receiver {} keeps {} deliveries in memory", receiver->number, status.in_memory));
    }
    if (status.held > options_.limits.max_holds + 2 * options_.limits.window) {
      break_promise(fmt::format("receiver {} has {} holds", receiver->number, status.held));
    }
    if (status.in_flight > std::max(64u, receiver->settings.concurrency)) break_promise("too many at once");
  }
  if (engine_->in_flight() > options_.limits.max_in_flight) break_promise("too many requests in flight");
}

bool World::settled() const {
  for (const auto& [handle, receiver] : by_handle_) {
    const auto status = engine_->status(handle);
    if (receiver->recovering_since || !loads_.empty()) return false;
    if (receiver->settings.state == EndpointState::disabled) continue;
    if (status.behind != 0 || status.held != 0 || status.in_flight != 0) return false;
  }
  return true;
}

void World::heal_and_finish() {
  for (auto& receiver : receivers_) {
    if (receiver->removed) continue;
    receiver->manner = Manner{};
    if (receiver->settings.state == EndpointState::paused) {
      edit(*receiver, [](auto& settings) { settings.state = EndpointState::active; });
    }
  }
  drive();
  const Time patience = now_ + std::chrono::hours{24 * 40};
  while (broken_.empty() && !settled()) {
    if (now_ > patience) {
      std::string left;
      for (const auto& [handle, receiver] : by_handle_) {
        const auto status = engine_->status(handle);
        left += fmt::format(" [{}: behind {} held {} in flight {} failing {}]", receiver->number,
                            status.behind, status.held, status.in_flight, status.failing);
      }
      return break_promise("it never ends:" + left);
    }
    run_until(now_ + Millis{500});
    const bool nothing_soon = events_.empty();
    if (nothing_soon && engine_->next_wake()) run_until(std::max(now_, *engine_->next_wake()));
  }
  save_progress(true);
  run_until(now_ + Millis{500});
  save_progress(true);
  run_until(now_ + Millis{500});
  if (broken_.empty()) check_complete();
}

void World::check_complete() {
  for (const auto& receiver : receivers_) {
    if (receiver->removed) {
      if (!store_.holds(receiver->settings.id, 10)->empty())
        break_promise("holds of a removed endpoint are left");
      continue;
    }
    std::set<DeliveredKey> dead;
    const auto rows = *store_.dead(receiver->settings.id, {}, 1'000'000);
    for (const auto& row : rows) {
      const DeliveredKey key{row.delivery.part, row.delivery.seq, row.delivery.event_index};
      dead.insert(key);
      if (row.reason.empty()) break_promise("dead without a reason");
    }
    if (receiver->settings.state != EndpointState::disabled &&
        !store_.holds(receiver->settings.id, 10)->empty()) {
      break_promise("holds are left in the store");
    }
    if (!receiver->owed_since) continue;
    for (Part part = 0; part < options_.partitions; ++part) {
      const auto log = *store_.read_log(part, 0, 1'000'000);
      for (const auto& entry : log.entries) {
        if (entry.at < *receiver->owed_since || entry.key.account != receiver->settings.account) continue;
        for (const std::uint32_t index : events_for(*receiver, entry.key, entry.version)) {
          const DeliveredKey key{part, entry.seq, index};
          const auto found = receiver->receipts.find(key);
          const bool taken = found != receiver->receipts.end() && found->second.taken > 0;
          if (!taken && !dead.contains(key)) {
            return break_promise(fmt::format("receiver {} never got record {} version {} (seq {}), event {}",
                                             receiver->number, entry.key.id, entry.version, entry.seq,
                                             index));
          }
        }
      }
    }
  }
}

}  // namespace deltapost::simulation
