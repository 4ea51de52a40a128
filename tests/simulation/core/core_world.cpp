#include "simulation/core/core_world.hpp"

#include <fmt/format.h>

#include "intake/replay.hpp"
#include "simulation/core/events.hpp"
#include "store/memory/memory_store.hpp"
#include "store/verify.hpp"

namespace deltapost::simulation {
namespace {

using std::chrono::hours;

constexpr std::size_t kMaxHooks = 6;
constexpr Millis kClockJump{120'000};  // at most, either way
constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15ULL;

/// Limits so small that every one of them is met.
app::CoreOptions tight_limits(std::mt19937_64& dice) {
  const auto between = [&dice](std::size_t low, std::size_t high) { return low + dice() % (high - low + 1); };
  app::CoreOptions options;
  delivery::EngineLimits& engine = options.runner.engine;
  engine.window = between(2, 24);
  engine.line_items = between(1, 5);
  engine.stragglers = between(1, 8);
  engine.max_holds = between(2, 12);
  engine.log_page = between(1, 12);
  engine.history_page = between(1, 4);
  engine.send_burst = between(1, 3);
  engine.max_unsaved = between(8, 64);
  engine.cursor_stride = between(1, 40);
  engine.breaker.failures_to_open = static_cast<std::uint32_t>(between(2, 8));
  options.runner.max_in_flight = between(2, 24);
  options.runner.disable_after = hours{between(1, 200)};
  options.commits = {.max_waiting = between(4, 200), .max_group = between(1, 20)};
  options.tail = {.max_entries = between(1, 60)};
  return options;
}

SystemOptions options_of(std::uint64_t seed) {
  std::mt19937_64 dice(seed * kMix + 1);
  SystemOptions options{.host = "a.example", .seed = seed};
  const std::uint64_t medium = dice() % 10;
  options.medium = medium < 8 ? MediumKind::memory : medium < 9 ? MediumKind::file : MediumKind::disk;
  options.core = tight_limits(dice);
  return options;
}

}  // namespace

CoreWorld::CoreWorld(std::uint64_t seed)
    : timeline_(seed),
      began_(timeline_.now()),
      system_(timeline_, network_, options_of(seed)),
      only_receipts_(timeline_.below(4) == 0),
      erases_(!only_receipts_ && timeline_.below(3) == 0),
      may_wait_(!only_receipts_ && options_of(seed).medium == MediumKind::memory) {
  system_.on_commit = [this] { look(); };
  system_.on_start = [this] { started(); };
}

Played CoreWorld::play() {
  prepare();
  for (std::uint64_t steps = 30 + timeline_.below(90); steps > 0 && timeline_.broken().empty(); --steps) {
    something_happens();
    run_for(timeline_.up_to(Millis{timeline_.below(10) == 0 ? 60'000 : 400}));
  }
  if (timeline_.broken().empty()) heal();
  if (timeline_.broken().empty()) finish();
  const auto& steps = timeline_.last_steps();
  return {.broken = timeline_.broken(),
          .last_steps = {steps.begin(), steps.end()},
          .digest = timeline_.digest(),
          .simulated = timeline_.now() - began_,
          .counts = timeline_.counts()};
}

// ---- the beginning

void CoreWorld::prepare() {
  system_.start();
  look();
  for (const auto& [key, versions] : ledger_.records())
    if (key.kind == Kind::account) accounts_[first_account_ = key.account] = system_.key();
  if (timeline_.below(3) == 0) {
    api_.ask({.method = "POST", .target = "/v1/accounts", .body = JsonObject{{"name", "second"}}},
             [this](const Told& told) {
               if (!told.good()) return timeline_.break_promise("no second account: " + told.text);
               accounts_[AccountId(text_of(told.body.at("account").at("id")))] = text_of(told.body.at("key"));
             });
    run_for(Millis{1'000});
  }
  for (const auto& [account, key] : accounts_) {
    if (!only_receipts_) writers_.add_account(account, key);
    for (std::uint64_t hooks = 1 + timeline_.below(2); hooks > 0; --hooks)
      operator_.add_endpoint(account, key);
  }
  if (!only_receipts_ && timeline_.below(3) == 0) {
    SystemOptions options = options_of(timeline_.below(1'000'000));
    options.host = "b.example";
    neighbour_.emplace(timeline_, network_, system_, api_, std::move(options));
    neighbour_->join(static_cast<Neighbour::Shape>(timeline_.below(3)));
    timeline_.count("neighbour");
  }
  if (only_receipts_ || timeline_.chance(0.7)) senders_.add("iclosed", first_account_, system_.key());
  if (only_receipts_ || timeline_.chance(0.7)) senders_.add("apten", first_account_, system_.key());
  run_for(Millis{1'000});
}

// ---- what happens

void CoreWorld::something_happens() {
  const std::uint64_t what = timeline_.below(100);
  const std::uint64_t burst = 1 + timeline_.below(timeline_.below(8) == 0 ? 30 : 3);
  if (what < 40 && !only_receipts_) {
    for (std::uint64_t i = 0; i < burst; ++i) writers_.write();
  } else if (what < 65) {
    for (std::uint64_t i = 0; i < burst; ++i) senders_.act();
  } else if (what < 75) {
    operator_.act();
  } else if (what < 78 && hooks_.all().size() < kMaxHooks) {
    auto account = accounts_.begin();
    std::advance(account, timeline_.below(accounts_.size()));
    operator_.add_endpoint(account->first, account->second);
  } else if (what < 80 && erases_) {
    writers_.erase();
  } else if (what < 84 && !only_receipts_) {
    writers_.look_back();
  } else if (what < 85 && may_wait_ && timeline_.below(3) == 0) {
    days_pass();
  } else {
    something_breaks();
  }
}

void CoreWorld::something_breaks() {
  StoreManner& store = system_.store_manner();
  const bool worse = timeline_.chance(0.5);
  switch (timeline_.below(9)) {
    case 0:
      store.refused = worse ? 0.3 : 0;
      break;
    case 1:
      store.unknown = worse ? 0.05 : 0;
      break;
    case 2:
      store.crash_before = worse ? 0.05 : 0;
      store.crash_after = worse ? 0.05 : 0;
      break;
    case 3:
      store.unreadable = worse ? 0.05 : 0;
      break;
    case 4:
      network_.weather() = worse ? Network::Weather{0.1, 0.1, Millis{500}} : Network::Weather{};
      break;
    case 5:
      system_.set_wall_clock(timeline_.up_to(kClockJump * 2) - kClockJump);
      break;
    case 6:
      system_.commit_latency() = Millis{worse ? 3'000 : 8};
      if (worse) timeline_.count("slow disk");
      break;
    case 7:
      neighbour_&& worse ? neighbour_->system().crash() : system_.crash();
      break;
    default:
      system_.restart();
      break;
  }
}

/// What is past its day is forgotten, as far as it may be.
void CoreWorld::days_pass() {
  timeline_.tell("days pass");
  timeline_.count("retention");
  senders_.receipts_may_be_gone();
  run_for(hours{24 + timeline_.below(24)});
  system_.keep_up(1);
}

void CoreWorld::run_for(Millis time) {
  const Time end = timeline_.now() + time;
  while (timeline_.broken().empty()) {
    system_.look_after();
    if (neighbour_) neighbour_->system().look_after();
    if (!timeline_.step(end)) break;
  }
}

void CoreWorld::look() {
  if (!system_.readable()) return;
  ledger_.follow(system_.truth());
  hooks_.learn();
}

void CoreWorld::started() {
  if (!timeline_.broken().empty()) return;
  look();
  ledger_.recheck(system_.truth());
  writers_.check();
  senders_.check();
}

// ---- the end

void CoreWorld::heal() {
  timeline_.tell("everything is well from here on");
  system_.store_manner() = {};
  system_.commit_latency() = Millis{8};
  network_.weather() = {};
  system_.set_wall_clock(Millis{0});
  api_.be_persistent();
  if (system_.keeps_a_secret()) system_.crash();
  run_for(Millis{30'000});
  operator_.heal();
}

bool CoreWorld::settled() {
  if (!system_.up() || api_.open() > 0 || !senders_.all_acknowledged()) return false;
  unsettled_ = 0;
  for (const auto& hook : hooks_.all()) {
    const Known* endpoint = ledger_.newest(hook->endpoint);
    if (endpoint == nullptr || !is_active(endpoint->document)) continue;
    ++unsettled_;
    system_.core().runner.status(EndpointId(hook->endpoint.id), [this](const auto& status) {
      if (status && status->behind == 0 && status->held_records == 0 && status->in_flight == 0) --unsettled_;
    });
  }
  if (neighbour_) neighbour_->ask(unsettled_);
  run_for(Millis{100});
  return unsettled_ == 0;
}

void CoreWorld::finish() {
  const Time patience = timeline_.now() + hours{24 * 5};
  while (timeline_.broken().empty() && !settled()) {
    if (timeline_.now() > patience)
      return timeline_.break_promise(
          fmt::format("it never ends: {} asks open, {} endpoints not done", api_.open(), unsettled_));
    run_for(Millis{20'000});
  }
  system_.restart();
  run_for(Millis{60'000});
  if (timeline_.broken().empty()) check_end();
}

void CoreWorld::check_end() {
  if (!system_.up()) return timeline_.break_promise("it is not up in the end");
  look();
  ledger_.recheck(system_.truth());
  ledger_.compare_records(system_.truth());
  writers_.check();
  senders_.check();
  senders_.check_convergence();
  hooks_.check_complete();
  if (neighbour_) neighbour_->check(ledger_, first_account_);
  const auto proof = store::verify(system_.truth());
  if (!proof || !proof->sound())
    return timeline_.break_promise("verify: " + (proof ? proof->problems.front() : proof.error().message));
  if (only_receipts_) check_replay();
}

/// Where only receipts wrote, they make the same records once more.
void CoreWorld::check_replay() {
  store::MemoryStore other(system_.truth().partitions());
  struct Now final : Clock {
    explicit Now(Time at_in) : at(at_in) {}
    Time now() const override { return at; }
    Time at;
  } const clock(timeline_.now());
  store::GroupCommitter committer(other, clock);
  const auto report = intake::replay_into(system_.truth(), other, committer);
  if (!report) return timeline_.break_promise("replay: " + report.error().message);
  const auto differing = intake::differing_records(system_.truth(), other, 3);
  if (!differing || !differing->empty())
    return timeline_.break_promise("replay: " + (differing ? differing->front() : differing.error().message));
  timeline_.count("replay");
}

}  // namespace deltapost::simulation
