// What is checked all the time and at the end.
#include "simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace deltapost::simulation {

using namespace delivery;

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
