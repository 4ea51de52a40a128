#include "net/loop.hpp"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace deltapost::net {
namespace {

using std::chrono::milliseconds;

TEST(Loop, RunsWhatIsPostedInOrderOnItsOwnThread) {
  Loop loop;
  loop.start("test");
  std::vector<int> order;
  std::promise<std::thread::id> ran_on;
  for (int i = 0; i < 1000; ++i) loop.post([&order, i] { order.push_back(i); });
  loop.post([&] { ran_on.set_value(std::this_thread::get_id()); });
  EXPECT_NE(ran_on.get_future().get(), std::this_thread::get_id());
  ASSERT_EQ(order.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Loop, RunsTimersInTheOrderOfTheirTimeHoweverTheyWereSet) {
  Loop loop;
  std::vector<int> order;
  std::promise<void> done;
  loop.after(milliseconds{30}, [&] { order.push_back(3); });
  loop.after(milliseconds{10}, [&] { order.push_back(1); });
  loop.after(milliseconds{20}, [&] { order.push_back(2); });
  loop.after(milliseconds{40}, [&] { done.set_value(); });
  loop.start("test");
  done.get_future().get();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(Loop, RunsATimerNotBeforeItsTime) {
  Loop loop;
  loop.start("test");
  const auto set_at = std::chrono::steady_clock::now();
  std::promise<std::chrono::steady_clock::time_point> ran_at;
  loop.after(milliseconds{20}, [&] { ran_at.set_value(std::chrono::steady_clock::now()); });
  EXPECT_GE(ran_at.get_future().get() - set_at, milliseconds{20});
}

TEST(Loop, DropsWhatHasNotRunWhenItStops) {
  Loop loop;
  const auto token = std::make_shared<int>(0);
  loop.start("test");
  loop.after(std::chrono::hours{1}, [token] { FAIL(); });
  std::promise<void> started;
  std::promise<void> go_on;
  loop.post([&] {
    started.set_value();
    go_on.get_future().wait();
  });
  started.get_future().wait();
  std::thread stopper([&] { loop.stop(); });
  go_on.set_value();
  stopper.join();
  loop.post([token] { FAIL(); });
  loop.after(milliseconds{0}, [token] { FAIL(); });
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_FALSE(loop.running());
}

TEST(Loop, TakesPostsFromManyThreadsAtOnce) {
  Loop loop;
  loop.start("test");
  int count = 0;  // the loop's thread alone
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5000; ++j) loop.post([&count] { ++count; });
    });
  }
  for (auto& thread : threads) thread.join();
  std::promise<int> counted;
  loop.post([&] { counted.set_value(count); });
  EXPECT_EQ(counted.get_future().get(), 20'000);
}

}  // namespace
}  // namespace deltapost::net
