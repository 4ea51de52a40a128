// World: a delivery engine, a store and receivers in one place, driven by a simulated clock and a seed.
// Everything that can go wrong between a change and its receivers goes wrong here, and every promise is
// checked as it goes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "delivery/engine.hpp"
#include "simulation/manner.hpp"
#include "store/memory/memory_store.hpp"

namespace deltapost::simulation {

using delivery::DeliveredKey;
using store::Part;
using store::Seq;

/// Scatters numbers, the same ones each time.
std::uint64_t mix(std::uint64_t x);

/// What one receiver has seen of one delivery.
struct Receipt {
  int taken = 0;               // answered 2xx
  std::optional<int> told_in;  // the engine's life in which it learnt of that
  bool saved = false;          // that it was taken is committed
  bool may_repeat = false;     // someone asked for it again
  bool died = false;           // given up; when a crash makes us forget that, it comes late
};

struct Receiver {
  int number = 0;
  delivery::EndpointSettings settings;
  Manner manner;
  bool removed = false;
  bool order_varied = false;       // order was `none` at some time
  bool order_switched = false;     // it changed midway
  bool asked_again = false;        // something was resent or recovered
  std::optional<Time> owed_since;  // changes committed since then are owed; none: nothing is
  std::map<DeliveredKey, Receipt> receipts;
  std::map<RecordKey, std::pair<Version, std::uint32_t>> newest;  // first deliveries, per record
  std::map<RecordKey, int> in_flight;
  std::map<DeliveredKey, Time> taken_at;
  std::set<DeliveredKey> saved_repeats;  // since the last crash
  bool orderly = false;                  // the last stop was orderly: no repeat is excused
  std::optional<Time> recovering_since;  // asked for, not yet known to be remembered
  bool recovery_loaded = false;
};

struct WorldOptions {
  Part partitions = 1;
  int accounts = 1;
  int records = 6;  // per account
  delivery::EngineLimits limits{};
  Millis read_delay{3};
  Millis commit_delay{8};
  bool vary_delays = true;
  bool prompt_histories = true;  // are read before progress is taken, as the runner does
};

class World final : public delivery::Matcher {
 public:
  World(std::uint64_t seed, WorldOptions options);
  ~World() override;

  // ---- what happens
  void change(int account, int record);
  Receiver& add_receiver(int account, delivery::EndpointSettings settings, Manner manner);
  void edit(Receiver& receiver, const std::function<void(delivery::EndpointSettings&)>& edit);
  void remove(Receiver& receiver);
  void crash();
  /// An orderly stop and a start: what is in flight is answered, what was done is remembered, nothing is
  /// repeated.
  void restart();
  void resend_any(Receiver& receiver);
  void recover(Receiver& receiver, Time since);
  void at(Time time, std::function<void()> what);
  /// Runs everything that is due up to then.
  void run_until(Time time);
  /// Everyone well and active; runs until nothing is left to do.
  void heal_and_finish();

  Time now() const { return now_; }
  std::mt19937_64& dice() { return dice_; }
  double chance() { return std::uniform_real_distribution<double>(0, 1)(dice_); }
  std::uint64_t below(std::uint64_t bound) { return dice_() % bound; }
  std::vector<std::unique_ptr<Receiver>>& receivers() { return receivers_; }
  delivery::Engine& engine() { return *engine_; }
  store::MemoryStore& store() { return store_; }

  /// The first promise that was broken; empty if none.
  const std::string& broken() const { return broken_; }
  std::uint64_t sent() const { return sent_; }

 private:
  struct Event {
    Time at;
    std::uint64_t number;
    std::function<void()> what;
    bool operator<(const Event& other) const {
      return std::pair{at, number} > std::pair{other.at, other.number};
    }
  };

  void match(delivery::EndpointHandle endpoint, const delivery::Entry& entry,
             std::vector<std::uint32_t>& events) override;
  static std::vector<std::uint32_t> events_for(const Receiver& receiver, const RecordKey& key,
                                               Version version);
  void start_engine();
  void drive();
  void drive_to_rest();
  void carry_out(const delivery::Send& send);
  void carry_out(const delivery::ReadLog& read);
  void carry_out(const delivery::ReadHistory& read);
  void carry_out(const delivery::LoadDelivered& load);
  void carry_out(const delivery::Disable& disable);
  void request_arrives(Receiver& receiver, const delivery::Send& send, Version version, bool taken);
  void save_progress(bool all);
  void committed(const store::DeliveryProgress& progress);
  void load_delivered(const delivery::LoadDelivered& load);
  void owe_what_is_recovered();
  void check_memory();
  void check_complete();
  void break_promise(const std::string& what);
  /// Tells the story, when DELTAPOST_TRACE is set.
  void tell(const std::string& what) const;
  bool settled() const;
  delivery::EntryPtr entry_of(const store::LogEntry& entry);
  Millis delay(Millis usual);
  Receiver* receiver_of(delivery::EndpointHandle handle);

  WorldOptions options_;
  std::mt19937_64 dice_;
  SeededRandom jitter_;
  store::MemoryStore store_;
  Time now_{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
  std::priority_queue<Event> events_;
  std::uint64_t next_event_ = 1;
  int life_ = 0;  // counts the engine's restarts; what belongs to an earlier life is lost
  std::vector<store::Epoch> epochs_;
  std::unique_ptr<delivery::Engine> engine_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  std::map<delivery::EndpointHandle, Receiver*> by_handle_;
  std::map<RecordKey, Version> versions_;
  std::map<delivery::SendToken, std::pair<Receiver*, RecordKey>> open_requests_;
  struct Orphan {
    Receiver* receiver;
    delivery::Send send;
    Version version;
    bool taken;
  };
  std::map<delivery::SendToken, Orphan> on_the_wire_;  // sent, not yet at the receiver
  std::vector<bool> saving_;                           // per partition: progress is on its way to the store
  std::vector<delivery::LoadDelivered> loads_;         // wait for progress to be committed
  delivery::Actions actions_;
  std::string broken_;
  std::uint64_t sent_ = 0;
  bool tells_;
  bool driving_ = false;
};

}  // namespace deltapost::simulation
