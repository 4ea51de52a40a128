#include "torture/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "app/api_client.hpp"
#include "app/bench/arrival_log.hpp"
#include "app/bench/child_process.hpp"
#include "torture/api_writer.hpp"
#include "torture/setting.hpp"
#include "torture/stored.hpp"
#include "torture/traffic.hpp"

namespace deltapost::torture {
namespace {

using app::bench::now_ns;

constexpr std::chrono::milliseconds kLookEvery{2};
constexpr std::chrono::seconds kTellEvery{5};
/// How long nothing may happen that must.
constexpr std::chrono::seconds kPatience{90};

class Run {
 public:
  Run(const RunOptions& options, const app::StopSignal& stop)
      : options_(options),
        stop_(stop),
        schedule_({.seed = options.seed, .receivers = kEndpoints, .stop_lasts = options.stop_lasts}),
        targets_(options.program, options.folder) {}

  /// Writers must not be told anything any more when they are gone.
  ~Run() { wire_.loop().stop(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Result<Report> go() {
    using Part = Result<void> (Run::*)();
    for (const Part part :
         {&Run::prepare, &Run::set_scene, &Run::fire, &Run::settle, &Run::read, &Run::drain, &Run::finish})
      if (auto done = (this->*part)(); !done) return done.error();
    judge();
    return std::move(report_);
  }

 private:
  // in their order
  Result<void> prepare();
  Result<void> set_scene();
  Result<void> fire();
  Result<void> wait_for(const Blow& blow);
  Result<void> settle();
  Result<void> read();
  Result<void> drain();
  void hurry(const Endpoint& endpoint);
  Result<void> settle_deliveries();
  Result<void> finish();
  void judge();

  /// Sees to the targets until it is so. Fault::unavailable when a process fails, when it takes too long, and
  /// at a signal.
  Result<void> until(const std::function<bool()>& so, const std::string& what);
  Result<void> until(std::int64_t at_ns) {
    return until([at_ns] { return now_ns() >= at_ns; }, "");
  }
  void tell();
  std::vector<Arrival> arrivals(const Endpoint& endpoint) const;
  /// A server that is not struck.
  app::ApiClient& api();

  RunOptions options_;
  const app::StopSignal& stop_;
  std::vector<Endpoint> endpoints_;
  Schedule schedule_;
  Targets targets_;
  Oracle oracle_;
  Wire wire_;
  std::optional<Scene> scene_;
  std::optional<Traffic> traffic_;
  std::optional<app::ApiClient> api_;
  std::string key_;
  Stored stored_;
  Report report_;
  std::int64_t began_ns_ = now_ns(), told_ns_ = now_ns();
};

Result<void> Run::until(const std::function<bool()>& so, const std::string& what) {
  const std::int64_t give_up_ns = now_ns() + std::chrono::nanoseconds(kPatience).count();
  while (!so()) {
    if (stop_.wait_for(kLookEvery) != 0) return Error{.fault = Fault::unavailable, .message = kInterrupted};
    if (auto looked = targets_.look(); !looked) return looked;
    if (targets_.port() != 0) wire_.set_port(targets_.port());
    tell();
    if (now_ns() > give_up_ns)
      return Error{.fault = Fault::unavailable, .message = "waited in vain for " + what};
  }
  return ok();
}

void Run::tell() {
  if (!traffic_ || now_ns() - told_ns_ < std::chrono::nanoseconds(kTellEvery).count()) return;
  told_ns_ = now_ns();
  const BlowCounts& blows = targets_.counts();
  fmt::print("  {:3} s: {} kills, {} receiver kills, {} stops, {} writes and webhooks acknowledged\n",
             (told_ns_ - began_ns_) / 1'000'000'000, blows.server_kills, blows.receiver_kills, blows.stops,
             grouped(traffic_->acknowledged()));
  std::fflush(stdout);
}

app::ApiClient& Run::api() {
  if (!api_) api_.emplace(fmt::format("http://127.0.0.1:{}", targets_.port()), key_);
  return *api_;
}

// ---- before the fire

/// The first start, too, is one that can be killed.
Result<void> Run::prepare() {
  constexpr int kKills = 3;
  constexpr std::uint64_t kWithinMs = 80;
  SeededRandom random(options_.seed);
  if (auto started = targets_.start_server(); !started) return started;
  for (int i = 0; i < kKills; ++i) {
    const std::int64_t after_ns = static_cast<std::int64_t>(random.below(kWithinMs)) * 1'000'000;
    if (auto waited = until(now_ns() + after_ns); !waited) return waited;
    if (auto struck = targets_.strike({}); !struck) return struck.error();
  }
  if (auto ready = until([&] { return targets_.server_ready(); }, "the server's first start"); !ready)
    return ready;
  auto key = targets_.key();
  if (!key) return key.error();
  key_ = *key;
  return ok();
}

Result<void> Run::set_scene() {
  auto endpoints = make_endpoints(api(), targets_);
  if (!endpoints) return endpoints.error();
  endpoints_ = *std::move(endpoints);
  auto busy_lead = make_first_records(api(), oracle_);
  if (!busy_lead) return busy_lead.error();
  auto apten = make_source(api(), "apten");
  if (!apten) return apten.error();
  auto iclosed = make_source(api(), "iclosed");
  if (!iclosed) return iclosed.error();
  scene_.emplace(Scene{.wire = wire_,
                       .oracle = oracle_,
                       .api_key = key_,
                       .busy_lead = *busy_lead,
                       .apten = *apten,
                       .iclosed = *iclosed});
  traffic_.emplace(*scene_, options_.seed);
  api_.reset();
  return ok();
}

// ---- the fire

Result<void> Run::fire() {
  traffic_->start();
  began_ns_ = told_ns_ = now_ns();
  const auto over = [&] {
    const std::int64_t so_far_ns = now_ns() - began_ns_;
    if (options_.seconds) return so_far_ns >= std::chrono::nanoseconds(*options_.seconds).count();
    return targets_.counts().server_kills >= options_.kills;
  };
  while (!over()) {
    const Blow blow = schedule_.next();
    if (auto waited = wait_for(blow); !waited) return waited;
    if (over()) break;
    if (auto struck = targets_.strike(blow); !struck) return struck.error();
  }
  return until([&] { return targets_.all_well(); }, "all that was struck to be well again");
}

Result<void> Run::wait_for(const Blow& blow) {
  const std::int64_t after_ns = std::chrono::nanoseconds(blow.after).count();
  if (blow.victim == Victim::receiver) return until(now_ns() + after_ns);
  if (blow.from_start) return until(targets_.server_started_ns() + after_ns);
  if (auto ready = until([&] { return targets_.server_ready(); }, "a server that was killed to answer again");
      !ready)
    return ready;
  return until(now_ns() + after_ns);
}

// ---- after it

Result<void> Run::settle() {
  traffic_->finish();
  return until([&] { return traffic_->finished(); }, "the last answers");
}

Result<void> Run::read() {
  auto stored = read_stored(api());
  if (!stored) return stored.error();
  stored_ = *std::move(stored);
  return ok();
}

/// Until everything that is owed has arrived, or nothing more arrives: the judge tells then what is missing.
Result<void> Run::drain() {
  constexpr std::int64_t kStandstillNs = 30'000'000'000, kAgainNs = 250'000'000;
  std::size_t missing = ~std::size_t{0};
  for (std::int64_t moved_ns = now_ns(); now_ns() - moved_ns < kStandstillNs;) {
    std::size_t now_missing = 0;
    for (const Endpoint& endpoint : endpoints_)
      now_missing += missing_deliveries(endpoint, arrivals(endpoint), stored_.changes);
    if (now_missing == 0) return settle_deliveries();
    if (std::exchange(missing, now_missing) != now_missing) moved_ns = now_ns();
    for (const Endpoint& endpoint : endpoints_) hurry(endpoint);
    if (auto waited = until(now_ns() + kAgainNs); !waited) return waited;
  }
  return ok();
}

/// An edit that changes nothing that matters: an endpoint that seems to fail is tried again at once.
void Run::hurry(const Endpoint& endpoint) {
  const auto read = api().ask("GET", "/v1/endpoints/" + endpoint.id);
  if (!read || !read->at("status").at("failing").as_bool()) return;
  const Json touch = JsonObject{{"description", std::to_string(now_ns())}};
  (void)api().ask("PATCH", "/v1/endpoints/" + endpoint.id, &touch);
}

/// What comes again may still be under way.
Result<void> Run::settle_deliveries() {
  const auto owes = [&](const Endpoint& endpoint) {
    const auto read = api().ask("GET", "/v1/endpoints/" + endpoint.id);
    if (!read) return true;
    const Json& status = read->at("status");
    return number_at(status, "behind") + number_at(status, "heldRecords") + number_at(status, "inFlight") > 0;
  };
  return until([&] { return std::ranges::none_of(endpoints_, owes); },
               "endpoints that say that they got all");
}

std::vector<Arrival> Run::arrivals(const Endpoint& endpoint) const {
  return read_arrivals(app::bench::read_file(targets_.arrivals_file(endpoint.receiver)));
}

Result<void> Run::finish() {
  wire_.loop().stop();
  if (auto ended = targets_.end(); !ended) return ended;
  auto verified = targets_.verify();
  if (verified)
    report_.verified = *std::move(verified);
  else
    report_.findings.add(Broken::wrong, verified.error().message);
  return ok();
}

void Run::judge() {
  oracle_.judge(stored_, report_.findings);
  for (const Endpoint& endpoint : endpoints_) {
    const Delivered delivered =
        judge_deliveries(endpoint, arrivals(endpoint), stored_.changes, targets_.blows(), report_.findings);
    report_.webhooks += delivered.arrivals;
    report_.repeated += delivered.repeated;
    report_.furthest = std::max(report_.furthest, delivered.furthest);
    report_.furthest_ns = std::max(report_.furthest_ns, delivered.furthest_ns);
  }
  report_.blows = targets_.counts();
  report_.writes = oracle_.writes();
  report_.receipts = oracle_.receipts();
  report_.unanswered = wire_.unanswered();
}

}  // namespace

Result<Report> run(const RunOptions& options, const app::StopSignal& stop) {
  return Run(options, stop).go();
}

}  // namespace deltapost::torture
