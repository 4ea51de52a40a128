// The stores that keep the contract.
#include "contracts/store_contract.hpp"
#include "store/memory/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::testing {
namespace {

StoreMaker memory(store::Part partitions) {
  return {"Memory" + std::to_string(partitions),
          [partitions] { return std::make_shared<store::MemoryStore>(partitions); }};
}

StoreMaker sqlite(store::Part partitions) {
  return {"Sqlite" + std::to_string(partitions), [partitions]() -> std::shared_ptr<store::Store> {
            auto folder = std::make_shared<TempDir>(TempDir::Where::memory);
            auto opened = store::SqliteStore::open({.path = folder->file("store"), .partitions = partitions});
            if (!opened) return nullptr;
            std::shared_ptr<store::Store> store = std::move(*opened);
            return {store.get(), [folder, store](store::Store*) mutable {
                      store.reset();
                      folder.reset();
                    }};
          }};
}

}  // namespace

::testing::internal::ParamGenerator<StoreMaker> every_store() {
  return ::testing::Values(memory(1), memory(8), sqlite(1), sqlite(8));
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, every_store(), name_of_store);
INSTANTIATE_TEST_SUITE_P(Stores, StoreHistoryContract, every_store(), name_of_store);
INSTANTIATE_TEST_SUITE_P(Stores, StoreDeliveryContract, every_store(), name_of_store);
INSTANTIATE_TEST_SUITE_P(Stores, StoreAttemptsContract, every_store(), name_of_store);

}  // namespace deltapost::testing
