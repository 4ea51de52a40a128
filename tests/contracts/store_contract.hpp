// The contract of store/store.hpp, executable. Every store runs the same suite: store_contract_test.cpp names
// them, a line each. The sentences of the contract are in the files store_<what>_contract.cpp beside it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "store/store.hpp"
#include "support/store_rows.hpp"

namespace deltapost::testing {

/// How to make a store that is empty. Whatever it needs (a folder, a server) must live as long as it does.
struct StoreMaker {
  std::string name;
  std::function<std::shared_ptr<store::Store>()> make;
};

inline void PrintTo(const StoreMaker& maker, std::ostream* out) {
  *out << maker.name;
}

/// The stores that keep the contract (store_contract_test.cpp), for suites of a class of their own.
::testing::internal::ParamGenerator<StoreMaker> every_store();
inline std::string name_of_store(const ::testing::TestParamInfo<StoreMaker>& store) {
  return store.param.name;
}

class StoreContract : public ::testing::TestWithParam<StoreMaker> {
 protected:
  void SetUp() override {
    held_ = GetParam().make();
    ASSERT_NE(held_, nullptr);
  }

  store::Store& store() { return *held_; }

  /// Commits, and fails the test if that is refused.
  std::vector<store::LogEntry> commit(const store::Batch& batch) {
    auto receipt = store().commit(batch);
    if (!receipt) {
      ADD_FAILURE() << "commit refused: " << receipt.error().message;
      return {};
    }
    return receipt->entries;
  }
  /// A record that `versions` commits have brought to that version, each a millisecond after the one before.
  void grow(const RecordKey& key, Version versions) {
    for (Version version = 1; version <= versions; ++version) {
      commit(batch_of({write_of(key, version, after_ms(static_cast<std::int64_t>(version)))}));
    }
  }
  store::Part part_of(const RecordKey& key) { return store::partition_of(key, store().partitions()); }

 private:
  std::shared_ptr<store::Store> held_;
};

/// The same with a record whose history is long: key(), kVersions versions, others between them.
class StoreHistoryContract : public StoreContract {
 protected:
  static constexpr Version kVersions = 3 * store::kSnapshotEvery + 30;

  void SetUp() override {
    StoreContract::SetUp();
    std::vector<store::RecordWrite> writes;
    for (Version version = 1; version <= kVersions; ++version) {
      if (version % 2 == 0) writes.push_back(write_of(lead_key("beside"), version / 2));
      writes.push_back(write_of(key(), version));
      if (version % 3 == 0) writes.push_back(write_of(lead_key("a", "globex"), version / 3));
      if (version % 10 == 0 || version == kVersions) commit(batch_of(std::exchange(writes, {})));
    }
  }

  static RecordKey key() { return lead_key("a"); }

  std::vector<Version> versions(const store::HistoryQuery& query) {
    std::vector<Version> found;
    for (const auto& entry : value_of(store().history(key(), query))) found.push_back(entry.version);
    return found;
  }
};

/// The same with one partition (the last) and its deliveries to endpoints in view.
class StoreDeliveryContract : public StoreContract {
 protected:
  inline static const EndpointId kEndpoint{"ep1"};
  inline static const EndpointId kOther{"ep2"};

  store::Part part() { return store().partitions() - 1; }
  store::DeliveryKey delivery(store::Seq seq, std::uint32_t event_index = 0,
                              const EndpointId& endpoint = kEndpoint) {
    return {endpoint, part(), seq, event_index};
  }
  store::DeliveryProgress progress() { return {.part = part(), .epoch = epoch_}; }

  Result<store::CommitReceipt> try_save(store::DeliveryProgress progress) {
    store::Batch batch;
    batch.progress.push_back(shared(std::move(progress)));
    return store().commit(batch);
  }
  void save(store::DeliveryProgress progress) {
    auto saved = try_save(std::move(progress));
    EXPECT_TRUE(saved) << saved.error().message;
  }
  store::DeliveryState state() { return value_of(store().delivery_state(part())); }

  store::Epoch epoch_ = 0;  // under which progress() is made
};

class StoreAttemptsContract : public StoreDeliveryContract {};

}  // namespace deltapost::testing
