// The system's resolver when names are never answered: this program's own getaddrinfo gets stuck at them.
#include "net/resolver.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <netdb.h>

#include <atomic>
#include <future>
#include <string_view>

#include "unit/net/eventually.hpp"

namespace {

constexpr std::string_view kStuck = "stuck-";
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

TEST(SystemResolver, AnswersOthersWhileDozensOfNamesAreStuck) {
  constexpr int kNames = 40;
  const auto resolver = system_resolver();
  std::atomic<int> failed{0};
  for (int i = 0; i < kNames; ++i) {
    resolver->resolve(std::string(kStuck) + std::to_string(i), [&](auto answer) { failed += !answer; });
  }
  EXPECT_TRUE(eventually([&] { return stuck == kNames; }));
  std::promise<Result<Resolver::Addresses>> answered;
  resolver->resolve("127.0.0.1", [&](auto answer) { answered.set_value(std::move(answer)); });
  auto answer = answered.get_future();
  const bool in_time = answer.wait_for(std::chrono::seconds{20}) == std::future_status::ready;
  let_go.set_value();
  EXPECT_TRUE(in_time);
  EXPECT_TRUE(eventually([&] { return failed == kNames; }));
  EXPECT_TRUE(answer.get());
}

}  // namespace
}  // namespace deltapost::net
