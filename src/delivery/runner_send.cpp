#include <algorithm>

#include "delivery/runner_core.hpp"

namespace deltapost::delivery {
namespace {

/// Not the endpoint's: its schedule must not be used up by it.
bool is_our_trouble(const Error& error) {
  return error.fault == Fault::unavailable;
}

}  // namespace

void RunnerCore::first_sent_before(const Send& send, Answer& answer) {
  if (!send.maybe_sent_before) return;
  const auto attempts =
      parts_.store.attempts_of({directory_.at(send.endpoint)->id, send.part, send.seq, send.event_index});
  if (attempts && !attempts->empty()) answer.attempt.first_sent_at = attempts->front().first_sent_at;
}

void RunnerCore::send_later(const Send& send) {
  try_again([this, send] {
    // Otherwise its handle may be another endpoint's by now, or its partition another node's.
    if (engine_.is_awaited(send.token)) return perform(send);
    engine_.answered(send.token, Answer{}, now());
  });
}

void RunnerCore::perform(const Send& send) {
  const EndpointPtr endpoint = directory_.at(send.endpoint);
  Answer answer;
  answer.attempt.at = now();
  answer.attempt.first_sent_at = send.first_sent_at;
  first_sent_before(send, answer);

  ChangePtr change = std::static_pointer_cast<const LoggedChange>(send.entry);
  if (change == nullptr || !changes_.is_current(*change)) {
    auto found = changes_.at(send.part, send.seq);
    if (!found && is_our_trouble(found.error())) return send_later(send);
    if (!found) {
      answer.attempt.error = "not sent: " + found.error().message;
      return answered(send.token, std::move(answer), endpoint);
    }
    change = *found;
  }
  answer.attempt.version = change->version;
  const auto& events = change->events();
  if (events && (send.event_index >= events->size() ||
                 !format::can_express(endpoint->format, (*events)[send.event_index].type))) {
    engine_.skipped(send.token, change->version, now());  // redacted, or the format was changed since
    return;
  }
  auto body = events ? change->render(send.event_index, endpoint->format, endpoint->render,
                                      answer.attempt.first_sent_at)
                     : Result<std::shared_ptr<const format::Rendered>>(events.error());
  if (!body && body.error().fault == Fault::not_found) {  // the document was erased since
    engine_.skipped(send.token, change->version, now());
    return;
  }
  if (!body && is_our_trouble(body.error())) return send_later(send);
  if (!body) {
    answer.attempt.error = "not sent: " + body.error().message;
    return answered(send.token, std::move(answer), endpoint);
  }
  const format::Event& event = (*events)[send.event_index];
  answer.attempt.event_type = event.type;
  answer.attempt.event_id = event.id;
  parts_.client.send(outgoing(*endpoint, event, **body, change->version, send.attempt, answer.attempt.at),
                     [self = shared_from_this(), token = send.token, answer = std::move(answer),
                      endpoint](net::OutResult result) mutable {
                       if (self->stopped_) return;
                       take_result(result, self->now(), answer);
                       self->answered(token, std::move(answer), endpoint);
                     });
}

void RunnerCore::answered(SendToken token, Answer answer, const EndpointPtr& endpoint) {
  const store::Attempt* attempt = engine_.answered(token, std::move(answer), now());
  if (attempt != nullptr) {
    switch (attempt->outcome) {
      case store::Outcome::delivered:
        ++delivered_;
        break;
      case store::Outcome::retrying:
        ++retried_;
        break;
      case store::Outcome::dead:
        ++dead_;
        break;
    }
    if (on_attempt) on_attempt(*attempt, *endpoint);
  }
  save_later();
  drive_soon();
}

}  // namespace deltapost::delivery
