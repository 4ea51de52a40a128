// An engine with a log that a test writes by hand, so that a case reads as a story.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "delivery/engine.hpp"

namespace deltapost::delivery {

class EngineHouse : public ::testing::Test, public Matcher {
 protected:
  explicit EngineHouse(EngineLimits limits = {}) : limits_(limits) { reboot(); }

  void match(EndpointHandle, const Entry&, std::vector<std::uint32_t>& events) override {
    for (std::uint32_t index = 0; index < events_per_change_; ++index) events.push_back(index);
    ++matched_;
  }

  // ---- endpoints

  EndpointHandle endpoint(const std::string& id, const std::string& account = "a") {
    EndpointSettings settings;
    settings.id = EndpointId{id};
    settings.account = AccountId{account};
    settings.retry_schedule = {std::chrono::seconds{10}, std::chrono::seconds{100}};
    settings_[id] = settings;
    return engine_->put(settings, now_);
  }
  void edit(const std::string& id, const std::function<void(EndpointSettings&)>& edit) {
    edit(settings_[id]);
    engine_->put(settings_[id], now_);
  }
  void set_state(const std::string& id, EndpointState state) {
    edit(id, [&](auto& settings) {
      settings.state = state;
      if (state == EndpointState::active) settings.starts_at = now_;
    });
  }

  // ---- the log

  store::Seq change(const std::string& record, const std::string& account = "a") {
    auto& version = versions_[account + record];
    log_.push_back(std::make_shared<const Entry>(
        0, log_.size() + 1, ++version, now_,
        std::make_shared<const RecordRef>(RecordKey{AccountId{account}, Kind::lead, record})));
    engine_->log_grew(0, log_.size());
    return log_.size();
  }

  // ---- doing

  /// Carries out what is due but sends; gives the sends, in order.
  std::vector<Send> due() {
    std::vector<Send> sends;
    for (int i = 0; i < 1000; ++i) {
      Actions actions;
      engine_->poll(now_, actions);
      if (actions.empty()) break;
      for (const auto& send : actions.sends) sends.push_back(send);
      for (const auto& read : actions.log_reads) log_reads_ += read.endpoint ? 1 : 0, read_log(read);
      for (const auto& read : actions.history_reads) read_history(read);
      for (const auto& disable : actions.disables) disabled_.push_back(disable.reason);
      for (const auto& load : actions.delivered_loads) loads_.push_back(load);
    }
    return sends;
  }
  static std::string name(const Send& send) {
    return send.record->key.id + "@" + std::to_string(send.seq) +
           (send.event_index > 0 ? "." + std::to_string(send.event_index) : "");
  }
  std::vector<std::string> names(const std::vector<Send>& sends) {
    std::vector<std::string> names;
    for (const Send& send : sends) names.push_back(name(send));
    return names;
  }
  /// Names of what is due now.
  std::vector<std::string> due_names() { return names(open_ = due()); }

  store::Outcome answer(const Send& send, int status, std::optional<Millis> retry_after = {}) {
    Answer answer;
    answer.status = status;
    answer.retry_after = retry_after;
    answer.attempt.version = log_.at(send.seq - 1)->version;
    answer.attempt.first_sent_at = send.first_sent_at;
    const auto* attempt = engine_->answered(send.token, std::move(answer), now_);
    return attempt == nullptr ? store::Outcome{} : attempt->outcome;
  }
  void answer_all(const std::vector<Send>& sends, int status) {
    for (const Send& send : sends) answer(send, status);
  }
  void pass(Millis time) { now_ += time; }

  /// What a store would have after everything is committed.
  void save() {
    auto progress = engine_->take_progress(0, true);
    if (!progress) return;
    if (progress->cursor) state_.cursor = *progress->cursor;
    const auto same_hold = [](const store::Hold& a, const store::Hold& b) {
      return a.delivery.endpoint == b.delivery.endpoint && a.scope == b.scope &&
             (a.scope == store::HoldScope::record ? a.record == b.record : a.delivery == b.delivery);
    };
    const auto drop_hold = [&](const store::Hold& hold) {
      std::erase_if(state_.holds, [&](const auto& other) { return same_hold(hold, other); });
    };
    const auto drop_lag = [&](const EndpointId& id) {
      std::erase_if(state_.lags, [&](const auto& lag) { return lag.endpoint == id; });
    };
    for (const auto& id : progress->lags_removed) drop_lag(id);
    for (const auto& lag : progress->lags_put) drop_lag(lag.endpoint), state_.lags.push_back(lag);
    for (const auto& hold : progress->holds_removed) drop_hold(hold);
    for (const auto& hold : progress->holds_put) drop_hold(hold), state_.holds.push_back(hold);
    for (const auto& key : progress->dead_removed) {
      std::erase_if(dead_, [&](const auto& dead) { return dead.delivery == key; });
    }
    for (const auto& dead : progress->dead_put) dead_.push_back(dead);
    rows_written_ += progress->holds_put.size() + progress->lags_put.size();
    engine_->progress_saved(0);
  }
  /// A new engine from what was saved.
  void reboot() {
    engine_ = std::make_unique<Engine>(limits_, *this, jitter_);
    for (auto& [id, settings] : settings_) engine_->put(settings, now_);
    engine_->open(0, 1, state_, log_.size(), now_);
  }
  QueueStatus status(const std::string& id) { return engine_->status(*engine_->find(EndpointId{id})); }

 private:
  void read_log(const ReadLog& read) {
    std::vector<EntryPtr> page;
    for (store::Seq seq = read.after + 1; seq <= log_.size() && page.size() < read.limit; ++seq) {
      page.push_back(log_[seq - 1]);
    }
    engine_->log_read(read, page, read.after + page.size(), now_);
  }
  void read_history(const ReadHistory& read) {
    std::vector<EntryPtr> page;
    for (const EntryPtr& entry : log_) {
      if (entry->record->key == read.line.record->key && entry->version > read.after &&
          page.size() < read.limit) {
        page.push_back(entry);
      }
    }
    engine_->history_read(read, page, page.size() == read.limit, now_);
  }

 protected:
  EngineLimits limits_;
  SeededRandom jitter_{1};
  Time now_{Millis{1'764'000'000'000}};
  std::vector<EntryPtr> log_;
  std::map<std::string, Version> versions_;
  std::map<std::string, EndpointSettings> settings_;
  store::DeliveryState state_;
  std::vector<store::DeadDelivery> dead_;
  std::unique_ptr<Engine> engine_;
  std::vector<Send> open_;
  std::vector<std::string> disabled_;
  std::vector<LoadDelivered> loads_;
  std::uint32_t events_per_change_ = 1;
  std::size_t matched_ = 0;
  int log_reads_ = 0;
  std::size_t rows_written_ = 0;
};

}  // namespace deltapost::delivery
