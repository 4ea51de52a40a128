// System: one Deltapost in the simulation, the product's own core on a simulated clock, loop, client and
// store. It starts, commits group by group, crashes, and starts again on what is left.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/core.hpp"
#include "simulation/core/faulty_store.hpp"
#include "simulation/core/medium.hpp"
#include "simulation/core/network.hpp"

namespace deltapost::simulation {

struct SystemOptions {
  std::string host;
  MediumKind medium = MediumKind::memory;
  store::Part partitions = 1;
  app::CoreOptions core{};
  std::uint64_t seed = 0;
};

class System {
 public:
  System(Timeline& timeline, Network& network, SystemOptions options);
  ~System();

  const std::string& host() const { return options_.host; }
  StoreManner& store_manner() { return manner_; }
  /// How long a group waits for its commit, at most.
  Millis& commit_latency() { return commit_latency_; }
  /// The wall clock of the system, ahead of or behind the true time.
  void set_wall_clock(Millis ahead);
  Time wall_clock() const;

  bool up() const { return life_ != nullptr; }
  /// Counts starts; an answer that was heard in an earlier life may be forgotten.
  int life() const { return lives_; }
  /// Whether the life before this one ended in order, with nothing in flight.
  bool follows_an_orderly_end() const { return orderly_; }
  /// A commit was made whose outcome nobody was told.
  bool keeps_a_secret() const;
  /// So it is, or so it ended in that life or a later one.
  bool has_kept_a_secret_since(int life) const;

  /// Does nothing when it is up, or when its store cannot be opened or read now.
  void start();
  void crash();
  /// Stops in order, as the server does, and starts again a while later.
  void restart();
  /// Takes what has become due: commits, and the end that a fault brought about. After every step.
  void look_after();
  /// What the server does every few minutes.
  void keep_up(int days);

  app::Core& core();
  /// The medium itself, without faults. While the store is open.
  store::Store& truth() { return medium_.store(); }
  bool readable() const { return medium_.is_open(); }
  const std::string& key() const { return key_; }
  /// Called after each commit.
  std::function<void()> on_commit = [] {};
  /// Called when it is up again, before anything else happens.
  std::function<void()> on_start = [] {};
  /// Called when it has learnt how an attempt went.
  delivery::AttemptObserver on_attempt = [](const auto&, const auto&) {};

 private:
  struct Life;
  void take(const net::OutRequest& request, const AnswerBack& answer);
  void end(bool orderly);
  void start_later();
  void check_bounds();

  Timeline& timeline_;
  Network& network_;
  SystemOptions options_;
  StoreManner manner_;
  Millis commit_latency_{8};
  Millis ahead_{0};
  Medium medium_;
  SeededRandom sealing_;
  std::unique_ptr<Life> life_;
  int lives_ = 0;
  int last_secretive_life_ = 0;
  Time last_trouble_{};  // when its store was last in trouble
  bool orderly_ = false;
  std::string key_;
};

}  // namespace deltapost::simulation
