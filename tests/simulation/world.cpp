// Time, the engine's surroundings, and what happens. Requests and progress are in world_traffic.cpp, the
// promises in world_promises.cpp.
#include "simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/check.hpp"

namespace deltapost::simulation {

using namespace delivery;

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

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
    receiver->saved_repeats.clear();
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

}  // namespace deltapost::simulation
