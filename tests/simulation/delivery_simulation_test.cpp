// Delivery under everything that can happen, thousands of times. A failure prints its seed;
// DELTAPOST_SEED=<n> plays that one again.
#include <gtest/gtest.h>

#include <cstdlib>

#include "simulation/world.hpp"

namespace deltapost::simulation {
namespace {

using delivery::EndpointSettings;
using delivery::EndpointState;
using delivery::EngineLimits;
using delivery::Order;

/// Limits so small that every one of them is met.
EngineLimits tight_limits(World& world) {
  const auto between = [&](std::size_t low, std::size_t high) { return low + world.below(high - low + 1); };
  EngineLimits limits;
  limits.window = between(2, 24);
  limits.line_items = between(1, 5);
  limits.stragglers = between(1, 8);
  limits.max_holds = between(2, 12);
  limits.log_page = between(1, 12);
  limits.history_page = between(1, 4);
  limits.max_in_flight = between(2, 24);
  limits.send_burst = between(1, 3);
  limits.max_fresh = between(1, 24);
  limits.max_unsaved = between(8, 64);
  limits.cursor_stride = between(1, 40);
  limits.breaker.failures_to_open = static_cast<std::uint32_t>(between(2, 8));
  limits.disable_after = std::chrono::hours{between(1, 200)};
  return limits;
}

WorldOptions options_of(std::uint64_t seed) {
  World dice(seed ^ 0x5eed, {});
  WorldOptions options;
  options.partitions = static_cast<Part>(1 + dice.below(3));
  options.accounts = static_cast<int>(1 + dice.below(2));
  options.records = static_cast<int>(1 + dice.below(8));
  options.limits = tight_limits(dice);
  options.read_delay = Millis{static_cast<Millis::rep>(dice.below(10))};
  options.commit_delay = Millis{static_cast<Millis::rep>(dice.below(60))};
  options.prompt_histories = dice.below(4) != 0;
  return options;
}

Manner some_manner(World& world) {
  return simulation::some_manner([&world](std::uint64_t bound) { return world.below(bound); });
}

EndpointSettings some_settings(World& world) {
  EndpointSettings settings;
  settings.concurrency = static_cast<std::uint32_t>(1 + world.below(6));
  if (world.below(4) == 0) settings.rate_per_second = static_cast<std::uint32_t>(1 + world.below(100));
  if (world.below(4) == 0) settings.order = Order::none;
  for (std::uint64_t waits = world.below(6); waits > 0; --waits) {
    settings.retry_schedule.push_back(std::chrono::seconds{1 + world.below(1 << world.below(12))});
  }
  return settings;
}

void something_happens(World& world, const WorldOptions& options) {
  auto& receivers = world.receivers();
  const auto anyone = [&]() -> Receiver* {
    Receiver* receiver = receivers[world.below(receivers.size())].get();
    return receiver->removed ? nullptr : receiver;
  };
  const auto account = [&] {
    return static_cast<int>(world.below(static_cast<std::uint64_t>(options.accounts)));
  };
  const std::uint64_t what = world.below(100);
  Receiver* receiver = anyone();
  if (what < 62) {
    for (std::uint64_t burst = 1 + world.below(world.below(8) == 0 ? 30 : 3); burst > 0; --burst) {
      world.change(account(), static_cast<int>(world.below(static_cast<std::uint64_t>(options.records))));
    }
  } else if (what < 68) {
    world.below(3) == 0 ? world.restart() : world.crash();
  } else if (what < 72 && receivers.size() < 8) {
    world.add_receiver(account(), some_settings(world), some_manner(world));
  } else if (receiver == nullptr) {
    return;
  } else if (what < 82) {
    receiver->manner = some_manner(world);
  } else if (what < 86) {
    world.edit(*receiver, [&](EndpointSettings& settings) {
      const EndpointSettings other = some_settings(world);
      settings.concurrency = other.concurrency;
      settings.rate_per_second = other.rate_per_second;
      settings.retry_schedule = other.retry_schedule;
      if (world.below(6) == 0) settings.order = other.order;
    });
  } else if (what < 93) {
    const EndpointState states[] = {EndpointState::active, EndpointState::active, EndpointState::paused,
                                    EndpointState::disabled};
    const EndpointState state = states[world.below(4)];
    world.edit(*receiver, [&](EndpointSettings& settings) { settings.state = state; });
  } else if (what < 95) {
    world.resend_any(*receiver);
  } else if (what < 98) {
    world.recover(*receiver, world.now() - Millis{static_cast<Millis::rep>(world.below(400'000))});
  } else if (what == 99 && world.below(3) == 0) {
    world.remove(*receiver);
  }
}

std::string play(std::uint64_t seed) {
  const WorldOptions options = options_of(seed);
  World world(seed, options);
  for (std::uint64_t count = 1 + world.below(4); count > 0; --count) {
    world.add_receiver(static_cast<int>(world.below(static_cast<std::uint64_t>(options.accounts))),
                       some_settings(world), some_manner(world));
  }
  for (std::uint64_t steps = 20 + world.below(80); steps > 0 && world.broken().empty(); --steps) {
    something_happens(world, options);
    const std::uint64_t pause = world.below(10) == 0 ? world.below(600'000) : world.below(300);
    world.run_until(world.now() + Millis{static_cast<Millis::rep>(pause)});
  }
  if (world.broken().empty()) world.heal_and_finish();
  return world.broken();
}

TEST(DeliverySimulation, KeepsItsPromisesWhateverHappens) {
  std::uint64_t first = 1;
  std::uint64_t count = 2000;
  if (const char* seed = std::getenv("DELTAPOST_SEED")) {
    first = std::strtoull(seed, nullptr, 10);
    count = 1;
  }
  if (const char* seeds = std::getenv("DELTAPOST_SEEDS")) count = std::strtoull(seeds, nullptr, 10);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    ASSERT_EQ(play(seed), "") << "play it again with DELTAPOST_SEED=" << seed;
  }
}

/// When each delivery arrived at a healthy receiver that shares the engine with others.
std::map<DeliveredKey, Time> arrivals_beside(std::uint64_t seed, const std::vector<Manner>& neighbours) {
  WorldOptions options;
  options.records = 20;
  options.vary_delays = false;
  options.limits.window = 64;
  World world(seed, options);
  EndpointSettings settings;
  settings.retry_schedule = {std::chrono::seconds{5}, std::chrono::seconds{60}};
  Receiver& healthy = world.add_receiver(0, settings, Manner{.latency = Millis{10}});
  for (std::size_t i = 0; i < 6; ++i) {
    // Neighbours of another account too, so that every world has the same clock when the changes begin.
    Receiver& neighbour =
        world.add_receiver(neighbours.empty() ? 1 : 0, settings,
                           neighbours.empty() ? Manner{} : neighbours[i % neighbours.size()]);
    if (neighbours.empty()) world.remove(neighbour);
  }
  std::mt19937_64 dice(seed);
  for (int i = 0; i < 400; ++i) {
    world.at(world.now() + Millis{static_cast<Millis::rep>(dice() % 20'000)},
             [&world, record = static_cast<int>(dice() % 20)] { world.change(0, record); });
  }
  world.run_until(world.now() + Millis{60'000});
  EXPECT_EQ(world.broken(), "");
  EXPECT_GT(healthy.taken_at.size(), 400u);
  return healthy.taken_at;
}

TEST(DeliverySimulation, AHealthyEndpointIsServedAsIfTheDeadAndSlowOnesWereNotThere) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto alone = arrivals_beside(seed, {});
    const auto beside = arrivals_beside(
        seed, {Manner{.hanging = true}, Manner{.failing = 1, .status = 503}, Manner{.latency = Millis{4000}},
               Manner{.failing = 0.5, .status = 429, .retry_after = Millis{30'000}}});
    EXPECT_EQ(alone, beside) << "seed " << seed;
  }
}

}  // namespace
}  // namespace deltapost::simulation
