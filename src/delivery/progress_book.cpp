#include "delivery/progress_book.hpp"

#include <algorithm>

#include "delivery/endpoint_queue.hpp"

namespace deltapost::delivery {

namespace {

template <class Rows>
void erase_endpoint(Rows& rows, const EndpointId& endpoint) {
  std::erase_if(rows, [&](const auto& row) { return row.delivery.endpoint == endpoint; });
}

const EndpointId& endpoint_of(const Line& line) {
  return line.lane->owner->settings().id;
}

}  // namespace

store::Hold hold_of(const Line& line) {
  return store::Hold{.delivery = {.endpoint = endpoint_of(line),
                                  .part = line.key->part,
                                  .seq = line.front.seq,
                                  .event_index = line.front.event_index},
                     .scope = line.scope(),
                     .record = line.key->record->key,
                     .tries = line.tries,
                     .first_sent_at = line.first_sent_at,
                     .due_at = line.due_at};
}

const store::Attempt& ProgressBook::attempt(store::Attempt attempt) {
  return rows_.attempts.emplace_back(std::move(attempt));
}

void ProgressBook::dead(store::DeadDelivery dead) {
  std::erase(rows_.dead_removed, dead.delivery);
  std::erase_if(rows_.dead_put, [&](const auto& row) { return row.delivery == dead.delivery; });
  rows_.dead_put.push_back(std::move(dead));
}

void ProgressBook::not_dead(const store::DeliveryKey& delivery) {
  std::erase_if(rows_.dead_put, [&](const auto& row) { return row.delivery == delivery; });
  rows_.dead_removed.push_back(delivery);
}

void ProgressBook::hold_changed(Line& line) {
  if (!line.persisted && !gone_.empty()) {
    // The row of an earlier line of the same record is still there: this one takes it over.
    if (gone_.erase(GoneKey{endpoint_of(line), *line.key}) > 0) line.persisted = true;
  }
  holds_.insert(&line);
}

void ProgressBook::hold_gone(Line& line) {
  if (!line.held) return;
  holds_.erase(&line);
  if (!line.persisted) return;
  line.persisted = false;
  gone_.insert_or_assign(GoneKey{endpoint_of(line), *line.key}, hold_of(line));
}

void ProgressBook::forget(const EndpointId& endpoint) {
  std::erase_if(holds_, [&](Line* line) { return endpoint_of(*line) == endpoint; });
  std::erase_if(lanes_, [&](Lane* lane) { return lane->owner->settings().id == endpoint; });
  std::erase_if(gone_, [&](const auto& gone) { return gone.first.endpoint == endpoint; });
  erase_endpoint(rows_.attempts, endpoint);
  erase_endpoint(rows_.dead_put, endpoint);
  std::erase_if(rows_.dead_removed, [&](const auto& key) { return key.endpoint == endpoint; });
  rows_.endpoints_forgotten.push_back(endpoint);
}

bool ProgressBook::dirty() const {
  return !rows_.attempts.empty() || !rows_.dead_put.empty() || !rows_.dead_removed.empty() ||
         !rows_.endpoints_forgotten.empty() || !holds_.empty() || !lanes_.empty() || !gone_.empty();
}

store::DeliveryProgress ProgressBook::take() {
  store::DeliveryProgress progress = std::move(rows_);
  rows_ = {};
  rows_.attempts.reserve(progress.attempts.size());  // the next time brings about as many
  for (Line* line : holds_) {
    progress.holds_put.push_back(hold_of(*line));
    line->persisted = true;
  }
  for (auto& [key, hold] : gone_) progress.holds_removed.push_back(std::move(hold));
  holds_.clear();
  gone_.clear();
  lanes_.clear();
  return progress;
}

}  // namespace deltapost::delivery
