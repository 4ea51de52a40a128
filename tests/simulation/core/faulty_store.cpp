#include "simulation/core/faulty_store.hpp"

namespace deltapost::simulation {

Result<store::CommitReceipt> FaultyStore::commit(store::Batch batch) {
  if (ended_ || secret_) return out_of_order();
  if (timeline_.chance(manner_.refused)) {
    timeline_.count("commit refused");
    return out_of_order();
  }
  if (timeline_.chance(manner_.crash_before)) {
    timeline_.tell("the system ends before a commit");
    ended_ = true;
    return out_of_order();
  }
  auto receipt = medium_.commit(batch);
  if (!receipt) return receipt;
  if (timeline_.chance(manner_.unknown)) {
    timeline_.tell("a commit is made and nobody is told");
    timeline_.count("commit outcome unknown");
    secret_ = true;
    return out_of_order();
  }
  if (timeline_.chance(manner_.crash_after)) {
    timeline_.tell("the system ends after a commit");
    ended_ = true;
  }
  return receipt;
}

}  // namespace deltapost::simulation
