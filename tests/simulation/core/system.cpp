#include "simulation/core/system.hpp"

#include <fmt/format.h>

#include "app/upkeep.hpp"
#include "base/check.hpp"
#include "net/url.hpp"

namespace deltapost::simulation {
namespace {

/// The true time, moved.
class WallClock final : public Clock {
 public:
  WallClock(const Timeline& timeline, const Millis& ahead) : timeline_(timeline), ahead_(ahead) {}
  Time now() const override { return timeline_.now() + ahead_; }

 private:
  const Timeline& timeline_;
  const Millis& ahead_;
};

constexpr Millis kPatience{20'000};  // of a stop in order
constexpr Millis kAftermath{
    2'000};  // of a store's trouble: what it kept from being done is tried again until then
constexpr Millis kDoomed{5'000};  // how long a system lives on with a disk that is out of order

}  // namespace

/// From a start to an end. What it has begun and left behind finds it dead.
struct System::Life {
  Life(System& system, std::uint64_t seed)
      : clock(system.timeline_, system.ahead_),
        random(seed),
        turns(system.timeline_, alive),
        sender(system.network_, alive) {
    auto faulty = std::make_unique<FaultyStore>(system.timeline_, system.medium_.store(), system.manner_);
    store = faulty.get();
    app::CoreOptions options = system.options_.core;
    options.runner.owner = fmt::format("{} {}", system.host(), system.lives_);
    core = std::make_unique<app::Core>(
        std::move(faulty),
        app::MasterKey{*Sealer::make({{"k1", std::string(32, 'k')}}, "k1", system.sealing_), "cursors"},
        app::Surroundings{clock, random, turns, sender, guard}, std::move(options));
  }
  ~Life() { *alive = false; }

  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
  bool stopping = false;
  bool commit_planned = false;
  bool doomed = false;  // it will crash before long
  WallClock clock;
  SeededRandom random;
  net::AddressGuard guard;
  SimulatedTurns turns;
  SimulatedSender sender;
  FaultyStore* store = nullptr;
  std::unique_ptr<app::Core> core;
};

System::System(Timeline& timeline, Network& network, SystemOptions options)
    : timeline_(timeline),
      network_(network),
      options_(std::move(options)),
      medium_(options_.medium, options_.partitions),
      sealing_(options_.seed + 1) {
  network_.attach(
      host(), [this](const net::OutRequest& request, const AnswerBack& answer) { take(request, answer); });
}

System::~System() {
  if (up()) *life_->alive = false;
}

void System::set_wall_clock(Millis ahead) {
  timeline_.tell(fmt::format("{}: the clock is {} ms ahead", host(), ahead.count()));
  timeline_.count("clock jump");
  ahead_ = ahead;
}

Time System::wall_clock() const {
  return timeline_.now() + ahead_;
}

bool System::keeps_a_secret() const {
  return up() && life_->store->keeps_a_secret();
}

bool System::has_kept_a_secret_since(int life) const {
  return keeps_a_secret() || last_secretive_life_ >= life;
}

app::Core& System::core() {
  DP_CHECK(up());
  return *life_->core;
}

void System::start() {
  if (up()) return;
  if (auto opened = medium_.open(); !opened)
    return timeline_.break_promise(host() + " cannot open its store: " + opened.error().message);
  ++lives_;
  life_ = std::make_unique<Life>(*this, options_.seed * 1009 + static_cast<std::uint64_t>(lives_));
  app::Core& core = *life_->core;
  core.runner.on_attempt(
      [this](const auto& attempt, const auto& endpoint) { on_attempt(attempt, endpoint); });
  core.show_first_key = [this](const std::string& key) { key_ = key; };
  const auto opened = core.open();
  const auto started = opened && !life_->store->ended() ? core.runner.start() : opened;
  if (!started || life_->store->ended()) {  // the medium was in trouble; the next start may find it better
    end(false);
    return start_later();
  }
  core.accepting = true;
  timeline_.tell(host() + " is up");
  on_start();
}

void System::start_later() {
  timeline_.after(Millis{100} + timeline_.up_to(Millis{5000}), [this] { start(); });
}

/// As Server::stop does; what was in flight has been answered, or was given up.
void System::end(bool orderly) {
  orderly_ = orderly;
  if (keeps_a_secret()) last_secretive_life_ = lives_;
  *life_->alive = false;
  life_.reset();
  orderly ? medium_.close() : medium_.crash();
}

void System::crash() {
  if (!up()) return;
  timeline_.tell(host() + " crashes");
  timeline_.count("crash");
  end(false);
  start_later();
}

void System::restart() {
  if (!up() || life_->stopping) return;
  timeline_.tell(host() + " stops in order");
  timeline_.count("restart");
  life_->stopping = true;
  life_->core->accepting = false;
  life_->core->runner.begin_stop(kPatience, [this, alive = life_->alive, began = timeline_.now()] {
    timeline_.after(Millis{0}, [this, alive, began] {
      if (!*alive) return;
      while (!life_->store->ended() && life_->core->committer.commit_next()) on_commit();
      if (life_->store->ended()) return look_after();
      // A store that cannot be written to or read keeps what was delivered from being remembered.
      const bool remembered = last_trouble_ + kAftermath < began && !keeps_a_secret();
      const bool idle = remembered && life_->core->runner.stats().in_flight == 0;
      timeline_.tell(host() + " has stopped");
      end(idle);
      start_later();
    });
  });
}

void System::look_after() {
  if (!up()) return;
  if (life_->store->ended()) return crash();
  check_bounds();
  if (manner_.refused > 0 || manner_.unreadable > 0) last_trouble_ = timeline_.now();
  if (keeps_a_secret() && !std::exchange(life_->doomed, true))
    timeline_.after(timeline_.up_to(kDoomed), [this, alive = life_->alive] {
      if (*alive) crash();
    });
  if (life_->commit_planned || life_->core->committer.waiting() == 0) return;
  life_->commit_planned = true;
  timeline_.after(timeline_.up_to(commit_latency_), [this, alive = life_->alive] {
    if (!*alive) return;
    life_->commit_planned = false;
    life_->core->committer.commit_next();
    on_commit();
  });
}

void System::check_bounds() {
  if (life_->core->committer.waiting() > options_.core.commits.max_waiting)
    timeline_.break_promise(host() + ": more waits for its commit than may");
  if (life_->sender.open() > options_.core.runner.max_in_flight)
    timeline_.break_promise(host() + ": more requests are under way than may be");
}

void System::keep_up(int days) {
  if (!up()) return;
  static_cast<void>(
      app::keep_up(*life_->core->store, wall_clock(), {.receipts = days, .attempts = days, .changes = days}));
}

void System::take(const net::OutRequest& out, const AnswerBack& answer) {
  if (!up() || life_->stopping || life_->store->ended()) return answer(failure("connection refused"));
  const std::string text = split_url(out.url).target;
  auto target = net::parse_target(text);
  DP_CHECK(target.has_value());
  net::Request request{.method = out.method,
                       .target = text,
                       .path = std::move(target->path),
                       .query = std::move(target->query),
                       .headers = out.all_headers(),
                       .body = out.body,
                       .peer = "203.0.113.1"};
  life_->core->router.handle(std::move(request), [this, alive = life_->alive, answer](net::Reply reply) {
    if (!*alive || life_->store->ended()) return;
    answer(response(reply.status, std::move(reply.body), std::move(reply.headers)));
  });
}

}  // namespace deltapost::simulation
