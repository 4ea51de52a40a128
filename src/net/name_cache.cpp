#include "net/name_cache.hpp"

#include <algorithm>

namespace deltapost::net {
namespace {

constexpr std::size_t kMaxNames = 10'000;
constexpr std::chrono::milliseconds kKeepFailure{1000};  // a name that cannot be found is asked for anew soon

}  // namespace

void NameCache::look_up(const std::string& host, std::uint64_t asker, Resolver::Done done) {
  const auto known = entries_.find(host);
  if (known != entries_.end() && known->second.waiting.empty() &&
      SteadyClock::now() < known->second.good_until) {
    return done(known->second.answer);
  }
  if (known == entries_.end()) make_room();
  Entry& entry = entries_[host];
  entry.waiting.push_back(std::move(done));
  if (entry.waiting.size() > 1) return;
  resolver_->resolve(host, asker, [self = weak_from_this(), mailbox = mailbox_, host](auto answer) mutable {
    mailbox->post([self, host = std::move(host), answer = std::move(answer)]() mutable {
      if (const auto cache = self.lock()) cache->answered(host, std::move(answer));
    });
  });
}

void NameCache::answered(const std::string& host, Result<Resolver::Addresses> answer) {
  const auto found = entries_.find(host);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.good_until = SteadyClock::now() + (answer ? keep_ : std::min(keep_, kKeepFailure));
  entry.answer = answer;
  auto waiting = std::exchange(entry.waiting, {});
  for (auto& done : waiting) done(answer);
}

/// Forgets answers that nobody waits for, the ones that are over first.
void NameCache::make_room() {
  if (entries_.size() < kMaxNames) return;
  const auto now = SteadyClock::now();
  std::erase_if(entries_, [&](const auto& item) {
    return item.second.waiting.empty() && item.second.good_until <= now;
  });
  if (entries_.size() < kMaxNames) return;
  std::erase_if(entries_, [](const auto& item) { return item.second.waiting.empty(); });
}

}  // namespace deltapost::net
