// What users ask for: resending, recovering, test events, how an endpoint is doing.
#include <algorithm>

#include "delivery/runner_core.hpp"
#include "delivery/sample.hpp"

namespace deltapost::delivery {

namespace {

constexpr std::size_t kAttemptsPerPage = 500;
/// Attempts are numbered when they are answered: one that was sent earlier may come later, by as much as a
/// timeout.
constexpr Millis kAttemptsOutOfOrder{60'000};

Error no_such_endpoint() {
  return {Fault::not_found, "there is no such endpoint"};
}

std::string_view first_type(const Endpoint& endpoint) {
  for (const std::string_view type : format::event_types()) {
    if (wants_type(endpoint, type)) return type;
  }
  return {};
}

Result<std::string_view> test_type(const Endpoint& endpoint, const std::string& event_type) {
  if (event_type.empty()) return first_type(endpoint);
  const auto type = format::canonical_event_type(event_type);
  if (!type) return Error{Fault::invalid, "there is no event type " + event_type, "eventType"};
  if (!format::can_express(endpoint.format, *type)) {
    return Error{Fault::invalid,
                 "the format " + std::string(to_string(endpoint.format)) + " has no way to write " +
                     event_type + "; choose an event of its own kind of record",
                 "eventType"};
  }
  return *type;
}

}  // namespace

Result<EndpointHandle> RunnerCore::handle_of(const EndpointId& endpoint) const {
  const auto handle = engine_.find(endpoint);
  if (!handle) return no_such_endpoint();
  return *handle;
}

void RunnerCore::resend(const store::DeliveryKey& delivery, UniqueFunction<void(Result<void>)> done) {
  const auto handle = handle_of(delivery.endpoint);
  if (!handle) return done(handle.error());
  if (delivery.part >= partitions_.size() || delivery.seq == 0) {
    return done(Error{Fault::not_found, "there is no such change"});
  }
  const auto change = changes_.at(delivery.part, delivery.seq);
  if (!change) return done(change.error());
  const auto& events = (*change)->events();
  if (!events) return done(events.error());
  if ((*change)->record->key.account != engine_.settings(*handle).account ||
      delivery.event_index >= events->size()) {
    return done(Error{Fault::not_found, "there is no such event"});
  }
  if (!format::can_express(directory_.at(*handle)->format, (*events)[delivery.event_index].type)) {
    return done(Error{Fault::conflict, "the endpoint's format has no way to write this event any more"});
  }
  std::optional<Time> first_sent_at;
  if (const auto attempts = parts_.store.attempts_of(delivery); attempts && !attempts->empty()) {
    first_sent_at = attempts->front().first_sent_at;
  }
  if (auto asked = engine_.resend(*handle, *change, delivery.event_index, first_sent_at, now()); !asked) {
    return done(asked.error());
  }
  when_saved(delivery.part, std::move(done));
  drive_soon();
}

void RunnerCore::recover(const EndpointId& endpoint, Time since,
                         UniqueFunction<void(Result<std::uint64_t>)> done) {
  const auto handle = handle_of(endpoint);
  if (!handle) return done(handle.error());
  std::vector<std::pair<store::Part, store::Seq>> positions;
  std::uint64_t entries = 0;
  for (store::Part part = 0; part < partitions_.size(); ++part) {
    const auto position = parts_.store.seq_before(part, since);
    if (!position) return done(position.error());
    positions.emplace_back(part, *position);
    entries += parts_.tail.head(part) - std::min(*position, parts_.tail.head(part));
  }
  if (auto asked = engine_.recover(*handle, positions, since, now()); !asked) return done(asked.error());
  directory_.forget_earlier(*handle);  // what is missed by what is set now is meant
  recoveries_[endpoint].push_back({entries, std::move(done)});
  drive_soon();
}

void RunnerCore::answer_recoveries(const EndpointId& endpoint, const Result<void>& result) {
  auto node = recoveries_.extract(endpoint);
  if (!node) return;
  for (Recovery& recovery : node.mapped()) {
    if (result) {
      recovery.done(recovery.entries);
    } else {
      recovery.done(result.error());
    }
  }
}

void RunnerCore::perform(const LoadDelivered& load) {
  // The endpoint sends nothing until this is done, so what is committed next is everything it was sent.
  when_all_saved([this, load, id = directory_.at(load.endpoint)->id](const Result<void>& saved) {
    if (engine_.find(id) != std::optional{load.endpoint}) return;  // removed meanwhile
    answer_recoveries(id, saved);
    if (saved) load_delivered(load, 0, {});
  });
}

void RunnerCore::load_delivered(const LoadDelivered& load, std::uint64_t before, DeliveredSet delivered) {
  const EndpointPtr endpoint = directory_.at(load.endpoint);
  if (endpoint == nullptr) return;
  const auto page = parts_.store.attempts(endpoint->id, before, kAttemptsPerPage);
  if (!page) {
    try_again(
        [this, load, before, delivered = std::move(delivered)] { load_delivered(load, before, delivered); });
    return;
  }
  bool reached = page->size() < kAttemptsPerPage;
  for (const store::Attempt& attempt : *page) {
    if (attempt.at < load.since - kAttemptsOutOfOrder) reached = true;
    if (attempt.outcome != store::Outcome::delivered) continue;
    delivered.push_back({attempt.delivery.part, attempt.delivery.seq, attempt.delivery.event_index});
  }
  if (!reached) {  // page by page, so that others are served in between
    on_loop([this, load, next = page->back().number, delivered = std::move(delivered)]() mutable {
      load_delivered(load, next, std::move(delivered));
    });
    return;
  }
  std::sort(delivered.begin(), delivered.end());
  engine_.delivered_loaded(load, std::move(delivered), now());
  drive_soon();
}

void RunnerCore::send_test(const EndpointId& id, const std::string& event_type,
                           UniqueFunction<void(Result<TestResult>)> done) {
  const auto handle = handle_of(id);
  if (!handle) return done(handle.error());
  const EndpointPtr endpoint = directory_.at(*handle);
  const auto type = test_type(*endpoint, event_type);
  if (!type) return done(type.error());
  const Time at = now();
  const Sample sample = sample_of(*type, endpoint->account, at);
  const auto rendered = format::render(endpoint->format, sample.event, sample.view, at, endpoint->render);
  auto request = outgoing(*endpoint, sample.event, rendered, sample.view.change.version, 1, at);
  request.headers.push_back({"deltapost-test", "true"});
  parts_.client.send(
      std::move(request), [event = sample.event, done = std::move(done)](net::OutResult result) mutable {
        done(TestResult{.event_id = event.id, .event_type = event.type, .result = std::move(result)});
      });
}

void RunnerCore::status(const EndpointId& endpoint,
                        UniqueFunction<void(std::optional<EndpointStatus>)> done) {
  const auto handle = engine_.find(endpoint);
  if (!handle) return done(std::nullopt);
  const QueueStatus status = engine_.status(*handle);
  done(EndpointStatus{.behind = status.behind,
                      .held_records = status.held,
                      .in_flight = status.in_flight,
                      .failing = status.failing,
                      .last_success_at = status.last_success_at,
                      .failing_since = status.failing_since,
                      .next_try_at = status.next_try_at});
}

}  // namespace deltapost::delivery
