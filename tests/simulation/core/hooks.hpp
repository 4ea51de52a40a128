// Hooks: the receivers of a system's webhooks, and what they check: that each event is signed, is true, is
// theirs, comes in order and no oftener than it must.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "simulation/core/ledger.hpp"
#include "simulation/core/system.hpp"
#include "simulation/manner.hpp"

namespace deltapost::simulation {

/// What a hook knows of one event.
struct Taken {
  RecordKey record;
  Version version = 0;
  std::uint32_t index = 0;     // among the events of its change
  int times = 0;               // answered with success
  std::optional<int> told_in;  // the system's life in which it learnt of that
  bool may_repeat = false;     // somebody asked for it
  std::string body;            // the first
};

struct Hook {
  int number = 0;
  std::string url, secret, format;
  RecordKey endpoint;  // an empty id: the system has not said yet
  Manner manner;
  bool order_varied = false;            // order was `none` at some time
  bool asked_again = false;             // something was resent or recovered
  std::map<std::string, Taken> events;  // by event id
  std::set<std::string>
      died;  // ids of events given up; when a crash makes the system forget that, they come late
  std::map<RecordKey, std::pair<Version, std::uint32_t>> newest;
  struct Open {
    std::string event;
    int life;
  };
  std::map<RecordKey, Open> open;  // arrived; the system has not heard the answer
};

class Hooks {
 public:
  Hooks(Timeline& timeline, Network& network, System& system, Ledger& ledger);

  Hook& add(std::string format, Manner manner);
  std::vector<std::unique_ptr<Hook>>& all() { return hooks_; }

  /// Looks in the ledger for endpoints with its hooks' URLs.
  void learn();
  /// At the end: whatever was owed was taken, or is dead; nothing is held.
  void check_complete();

 private:
  void arrive(Hook& hook, const net::OutRequest& request, const AnswerBack& answer);
  /// nullptr: a promise is broken.
  Taken* recognise(Hook& hook, const net::OutRequest& request);
  bool is_signed(const Hook& hook, const net::OutRequest& request) const;
  void check_repeat(Hook& hook, const std::string& id, const Taken& taken);
  void check_order(Hook& hook, const std::string& id, const Taken& taken);
  void told(const store::Attempt& attempt);
  void check_complete(const Hook& hook);
  std::string name(const Hook& hook, const Taken& taken) const;

  Timeline& timeline_;
  Network& network_;
  System& system_;
  Ledger& ledger_;
  std::vector<std::unique_ptr<Hook>> hooks_;
  std::size_t learnt_ = 0;  // entries of the ledger's log
  std::map<std::string, std::tuple<RecordKey, Version, std::uint32_t>> meaning_;  // of event ids
};

}  // namespace deltapost::simulation
