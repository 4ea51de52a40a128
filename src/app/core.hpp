// Core: the whole program but for what touches the world. Sockets, threads, time and chance come from
// outside; here is what they are put around, wired once, read top to bottom. The server runs it on threads,
// tests/simulation on a clock and a network of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "api/feed.hpp"
#include "api/guess_guard.hpp"
#include "api/key.hpp"
#include "api/metrics.hpp"
#include "api/router.hpp"
#include "app/master_key.hpp"
#include "delivery/runner.hpp"
#include "intake/receiver.hpp"
#include "intake/writer.hpp"
#include "net/sender.hpp"
#include "net/server.hpp"
#include "net/turns.hpp"
#include "store/group_committer.hpp"
#include "store/log_tail.hpp"
#include "store/store.hpp"

namespace deltapost::app {

struct Surroundings {  // all outlive the core
  const Clock& clock;
  Random& random;
  net::Turns& turns;  // the sender's
  net::Sender& sender;
  const net::AddressGuard& guard;
};

struct CoreOptions {
  delivery::RunnerOptions runner{};
  store::GroupCommitterLimits commits{};
  store::LogTailLimits tail{};
  api::GuessRules guesses{};
};

struct Core {
  Core(std::unique_ptr<store::Store> store_in, MasterKey master_key_in, Surroundings outside,
       CoreOptions options);
  /// What still waits to be committed is refused while all that hears of it is there.
  ~Core() { committer.stop(); }

  /// Reads what is kept in memory, and makes the first account of a new store. Before the committer is
  /// started; the runner is started after it, and `accepting` set by whoever does so.
  Result<void> open();

  // What is remembered.
  std::unique_ptr<store::Store> store;
  MasterKey master_key;
  store::GroupCommitter committer;
  store::LogTail tail;
  intake::Writer writer;
  intake::SourceDirectory sources;
  intake::Receiver receiver;

  // What goes out.
  delivery::Runner runner;

  // What is asked for.
  api::KeyRing keys;
  api::GuessGuard guesses;
  api::CursorSigner cursors;
  api::Feed feed;
  api::Metrics metrics;
  std::atomic<bool> accepting = false;
  /// Of the HTTP server in front of the router; set by whoever has one, before it starts.
  std::function<net::ServerStats()> http = [] { return net::ServerStats{}; };
  api::Services services;
  api::Router router;

  /// Hears in open() the text of the first account's key, when there is no account yet. Right before that is
  /// committed, so that no store has a key that nobody was told.
  std::function<void(const std::string& key)> show_first_key = [](const std::string&) {};

 private:
  Result<void> make_first_account();
  void follow(std::vector<store::LogEntry> entries);
  void disable(const AccountId& account, const EndpointId& endpoint, const std::string& reason);

  Surroundings outside_;
};

}  // namespace deltapost::app
