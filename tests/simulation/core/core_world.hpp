// CoreWorld: one seed's story of a whole Deltapost: clients, senders and receivers around it, faults in its
// store, its network and its clock, and every promise held against what happens.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "simulation/core/hooks.hpp"
#include "simulation/core/neighbour.hpp"
#include "simulation/core/operator.hpp"
#include "simulation/core/senders.hpp"
#include "simulation/core/writers.hpp"

namespace deltapost::simulation {

/// What is left of a seed when it has been played.
struct Played {
  std::string broken;  // the first promise that was broken; empty: none
  std::vector<std::string> last_steps;
  std::uint64_t digest = 0;
  Millis simulated{0};
  std::map<std::string, std::uint64_t> counts;
};

class CoreWorld {
 public:
  explicit CoreWorld(std::uint64_t seed);

  Played play();

 private:
  void prepare();
  void something_happens();
  void something_breaks();
  void days_pass();
  void run_for(Millis time);
  void look();
  void started();
  void heal();
  void finish();
  bool settled();
  void check_end();
  void check_replay();

  Timeline timeline_;
  const Time began_;
  Network network_{timeline_};
  System system_;
  Ledger ledger_{timeline_, "a"};
  ApiClient api_{timeline_, network_, system_};
  Hooks hooks_{timeline_, network_, system_, ledger_};
  Writers writers_{timeline_, api_, system_, ledger_};
  Senders senders_{timeline_, network_, api_, system_, ledger_};
  Operator operator_{timeline_, api_, hooks_, ledger_};
  bool only_receipts_, erases_;
  bool may_wait_;  // days are long on a disk: leases are renewed every few seconds
  std::optional<Neighbour> neighbour_;
  std::map<AccountId, std::string> accounts_;  // with their keys
  AccountId first_account_;
  std::size_t unsettled_ = 0;
};

}  // namespace deltapost::simulation
