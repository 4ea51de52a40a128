#include "delivery/change_reader.hpp"

#include "store/memory/memory_store.hpp"
#include "support/store_rows.hpp"

namespace deltapost::delivery {
namespace {

using testing::batch_of;
using testing::lead_key;
using testing::value_of;
using testing::write_of;

/// Lead a at version 3 and lead b at version 1, as seq 1 to 4.
class ChangeReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.commit(batch_of({write_of(lead_key("a"), 1), write_of(lead_key("a"), 2),
                                        write_of(lead_key("a"), 3), write_of(lead_key("b"), 1)})));
    ASSERT_TRUE(tail_.start());
  }
  std::vector<EntryPtr> read() { return value_of(reader_.read(0, 0, 10)).entries; }

  store::MemoryStore store_;
  store::LogTail tail_{store_};
  ChangeReader reader_{tail_, store_};
};

TEST_F(ChangeReaderTest, GivesWhatItReadLastAgainHoweverItIsAskedFor) {
  reader_.open(0);
  const auto page = value_of(reader_.read(0, 0, 10));
  EXPECT_EQ(page.read_up_to, 4u);
  ASSERT_EQ(page.entries.size(), 4u);
  EXPECT_EQ(read(), page.entries);
  EXPECT_EQ(value_of(reader_.at(0, 4)), page.entries[3]);
  const auto history = value_of(reader_.history(lead_key("a"), {.after = 1}));
  EXPECT_EQ(history, (std::vector<EntryPtr>{page.entries[1], page.entries[2]}));
}

TEST_F(ChangeReaderTest, KeepsNothingOfAPartitionThatIsNotOpen) {
  const auto first = read();
  EXPECT_NE(read()[0], first[0]);
  reader_.open(0);
  const auto kept = read();
  reader_.close(0);
  EXPECT_NE(read()[0], kept[0]);
  EXPECT_EQ(read()[0]->record->key, lead_key("a"));
}

TEST_F(ChangeReaderTest, GivesOutNothingThatWasReadBeforeAnErasure) {
  reader_.open(0);
  const auto before = std::static_pointer_cast<const LoggedChange>(read()[0]);
  EXPECT_TRUE(reader_.is_current(*before));
  tail_.forget(lead_key("b"));  // whoever it was
  EXPECT_FALSE(reader_.is_current(*before));
  const auto anew = value_of(reader_.at(0, 1));
  EXPECT_NE(anew, before);
  EXPECT_TRUE(reader_.is_current(*anew));
  EXPECT_NE(value_of(reader_.history(lead_key("a"), {}))[0], before);
  EXPECT_NE(read()[0], before);
}

TEST_F(ChangeReaderTest, FindsNoChangeThatIsNotThere) {
  const auto missing = reader_.at(0, 5);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().fault, Fault::not_found);
}

}  // namespace
}  // namespace deltapost::delivery
