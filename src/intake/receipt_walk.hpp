// ReceiptWalk: the receipts of all accounts of a store, one after the other.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "store/store.hpp"

namespace deltapost::intake {

/// In the order of their numbers, which is that of their commits; with their bodies. Holds a few hundred of
/// them at a time. The store outlives it. One thread.
class ReceiptWalk {
 public:
  static Result<ReceiptWalk> over_all_accounts(store::Store& store);

  /// nullopt: the end.
  Result<std::optional<store::Receipt>> next();

 private:
  /// One account's.
  struct Part {
    store::ReceiptQuery query;
    std::deque<store::Receipt> ahead{};
    bool ended = false;
  };

  explicit ReceiptWalk(store::Store& store) : store_(&store) {}

  Result<void> fill(Part& part);

  store::Store* store_;
  std::vector<Part> parts_;
};

}  // namespace deltapost::intake
