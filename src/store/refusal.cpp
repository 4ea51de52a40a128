#include "store/refusal.hpp"

namespace deltapost::store {

Error version_conflict(const RecordKey& key, Version stored, Version offered) {
  return {Fault::conflict,
          "the " + std::string(to_string(key.kind)) + " " + wire_id(key) + " is at version " +
              std::to_string(stored) + ", so version " + std::to_string(offered) + " does not follow it",
          "", key.id};
}

Error value_taken(const UniqueValue& unique, const std::string& holder) {
  return {Fault::conflict, "this value of " + unique.scope + " is held by another record of the account", "",
          holder};
}

Error stale_epoch(Part part, Epoch current, Epoch offered) {
  return {Fault::stale_epoch, "partition " + std::to_string(part) + " is at epoch " +
                                  std::to_string(current) + ": the owner with epoch " +
                                  std::to_string(offered) + " has lost it"};
}

Error number_given(ReceiptNumber last, ReceiptNumber offered) {
  return {Fault::conflict, "receipt numbers are given up to " + std::to_string(last) + ", so " +
                               std::to_string(offered) + " cannot be given"};
}

Error not_resolvable(ReceiptNumber number, bool exists) {
  return {Fault::conflict, "receipt " + std::to_string(number) +
                               (exists ? " has been resolved already" : " does not exist, or not any more")};
}

Error no_such_record(const RecordKey& key) {
  return {Fault::conflict, "the " + std::string(to_string(key.kind)) + " " + wire_id(key) + " does not exist",
          "", key.id};
}

}  // namespace deltapost::store
