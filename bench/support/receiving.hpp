// Webhooks of iClosed's, taken in the way the server takes them.
#pragma once

#include <vector>

#include "base/random.hpp"
#include "base/seal.hpp"
#include "intake/source_directory.hpp"
#include "net/http.hpp"
#include "store/store.hpp"
#include "tests/support/manual_clock.hpp"

namespace deltapost::bench {

class Receiving {
 public:
  /// Puts a source into the store, which outlives this.
  explicit Receiving(store::Store& store);

  /// Writes and signs the next contactUpdated of each of kGroup contacts.
  void prepare();
  /// What was prepared: verified, parsed, reconciled and compared by intake::Receiver, committed in one group
  /// with its receipts. All wait before the committing thread starts, so that the group is always the same.
  void receive_all();

 private:
  void put_source();

  store::Store& store_;
  SeededRandom random_{1};
  Sealer sealer_;
  intake::SourceDirectory sources_;
  testing::ManualClock clock_;
  std::size_t turn_ = 0;
  std::vector<net::Request> requests_;
};

}  // namespace deltapost::bench
