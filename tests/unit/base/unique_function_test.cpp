#include "base/unique_function.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace deltapost {
namespace {

TEST(UniqueFunction, HoldsACallableThatCanOnlyBeMoved) {
  auto owned = std::make_unique<int>(40);
  UniqueFunction<int(int)> add = [owned = std::move(owned)](int more) { return *owned + more; };
  UniqueFunction<int(int)> moved = std::move(add);
  EXPECT_EQ(moved(2), 42);
}

TEST(UniqueFunction, KeepsTheStateOfItsCallable) {
  UniqueFunction<int()> next = [count = 0]() mutable { return ++count; };
  EXPECT_EQ(next(), 1);
  EXPECT_EQ(next(), 2);
}

TEST(UniqueFunction, TellsWhetherItHoldsOne) {
  UniqueFunction<void()> empty;
  EXPECT_FALSE(empty);
  empty = [] {};
  EXPECT_TRUE(empty);
}

TEST(UniqueFunctionDeathTest, StopsWhenCalledEmpty) {
  UniqueFunction<void()> empty;
  EXPECT_DEATH(empty(), "broken invariant");
}

}  // namespace
}  // namespace deltapost
