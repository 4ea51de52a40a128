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

const auto kStores = ::testing::Values(memory(1), memory(8), sqlite(1), sqlite(8));
std::string name_of(const ::testing::TestParamInfo<StoreMaker>& store) {
  return store.param.name;
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, kStores, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, StoreHistoryContract, kStores, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, StoreDeliveryContract, kStores, name_of);

}  // namespace
}  // namespace deltapost::testing
