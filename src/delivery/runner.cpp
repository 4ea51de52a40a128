#include "delivery/runner.hpp"

#include "base/check.hpp"
#include "delivery/runner_core.hpp"

namespace deltapost::delivery {

Runner::Runner(RunnerParts parts, RunnerOptions options)
    : core_(std::make_shared<RunnerCore>(parts, std::move(options))) {}

Runner::~Runner() {
  core_->stop(Millis{0});
}

void Runner::on_disable(DisableEndpoint disable) {
  core_->on_disable = std::move(disable);
}
void Runner::on_attempt(AttemptObserver observer) {
  core_->on_attempt = std::move(observer);
}
Result<void> Runner::start() {
  return core_->start();
}
void Runner::stop(Millis patience) {
  core_->stop(patience);
}
void Runner::begin_stop(Millis patience, UniqueFunction<void()> stopped) {
  core_->begin_stop(patience, std::move(stopped));
}
RunnerStats Runner::stats() const {
  return core_->stats();
}

namespace {

Error shutting_down() {
  return {Fault::unavailable, "the server is shutting down; try again later"};
}

}  // namespace

void Runner::resend(const store::DeliveryKey& delivery, UniqueFunction<void(Result<void>)> done) {
  core_->loop().post([core = core_, delivery, done = std::move(done)]() mutable {
    if (core->stopping()) return done(shutting_down());
    core->resend(delivery, std::move(done));
  });
}

void Runner::recover(const EndpointId& endpoint, Time since,
                     UniqueFunction<void(Result<std::uint64_t>)> done) {
  core_->loop().post([core = core_, endpoint, since, done = std::move(done)]() mutable {
    if (core->stopping()) return done(shutting_down());
    core->recover(endpoint, since, std::move(done));
  });
}

void Runner::send_test(const EndpointId& endpoint, const std::string& event_type,
                       UniqueFunction<void(Result<TestResult>)> done) {
  core_->loop().post([core = core_, endpoint, event_type, done = std::move(done)]() mutable {
    if (core->stopping()) return done(shutting_down());
    core->send_test(endpoint, event_type, std::move(done));
  });
}

void Runner::status(const EndpointId& endpoint, UniqueFunction<void(std::optional<EndpointStatus>)> done) {
  core_->loop().post([core = core_, endpoint, done = std::move(done)]() mutable {
    if (core->stopping()) return done(std::nullopt);
    core->status(endpoint, std::move(done));
  });
}

}  // namespace deltapost::delivery
