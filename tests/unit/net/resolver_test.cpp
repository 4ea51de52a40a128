// The system's resolver when names are never answered: this program's own getaddrinfo gets stuck at them.
#include "net/resolver.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <netdb.h>

#include <atomic>
#include <future>
#include <optional>
#include <string_view>

#include "unit/net/eventually.hpp"

namespace {

const std::string kStuck = "stuck-";
std::atomic<int> stuck{0};
std::promise<void> let_go;
std::shared_future<void> released = let_go.get_future().share();

}  // namespace

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
  if (node != nullptr && std::string_view(node).starts_with(kStuck)) {
    ++stuck;
    released.wait();
    --stuck;
    return EAI_AGAIN;
  }
  using Real = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, found);
}

namespace deltapost::net {
namespace {

using testing::eventually;

/// The answer, when it comes although names are stuck.
std::optional<Result<Resolver::Addresses>> answer_of(Resolver& resolver, const std::string& host,
                                                     std::uint64_t asker) {
  auto answered = std::make_shared<std::promise<Result<Resolver::Addresses>>>();
  auto answer = answered->get_future();
  resolver.resolve(host, asker, [answered](auto told) { answered->set_value(std::move(told)); });
  if (answer.wait_for(std::chrono::seconds{20}) != std::future_status::ready) return std::nullopt;
  return answer.get();
}

TEST(SystemResolver, AnswersOthersWhileMoreNamesAreStuckThanItHasThreads) {
  constexpr int kNames = 1000;
  constexpr std::uint64_t kTheirs = 1, kOurs = 2;
  const auto resolver = system_resolver();
  ASSERT_TRUE(answer_of(*resolver, "127.0.0.1", kTheirs));
  std::atomic<int> failed{0};
  for (int i = 0; i < kNames; ++i)
    resolver->resolve(kStuck + std::to_string(i), kTheirs, [&](auto answer) { failed += !answer; });
  EXPECT_TRUE(eventually([] { return stuck > 0; }));
  const auto known = answer_of(*resolver, "127.0.0.1", kTheirs),
             fresh = answer_of(*resolver, "127.0.0.2", kOurs);
  let_go.set_value();
  ASSERT_TRUE(known) << "a name that has answered before";
  EXPECT_TRUE(*known);
  ASSERT_TRUE(fresh) << "a new name of somebody else";
  EXPECT_TRUE(*fresh);
  EXPECT_TRUE(eventually([&] { return failed == kNames; }));
}

}  // namespace
}  // namespace deltapost::net
