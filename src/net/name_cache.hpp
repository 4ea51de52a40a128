// NameCache: the resolver's answers, kept for a short while, and one question for all that wait for a name.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/mailbox.hpp"
#include "net/resolver.hpp"
#include "net/types.hpp"

namespace deltapost::net {

/// The loop's thread alone.
class NameCache : public std::enable_shared_from_this<NameCache> {
 public:
  NameCache(std::shared_ptr<Mailbox> mailbox, std::shared_ptr<Resolver> resolver,
            std::chrono::milliseconds keep)
      : mailbox_(std::move(mailbox)), resolver_(std::move(resolver)), keep_(keep) {}

  /// `done` runs on the loop's thread, perhaps before this returns.
  void look_up(const std::string& host, std::uint64_t asker, Resolver::Done done);

 private:
  struct Entry {
    Result<Resolver::Addresses> answer = Resolver::Addresses{};
    SteadyClock::time_point good_until{};
    std::vector<Resolver::Done> waiting{};
  };

  void answered(const std::string& host, Result<Resolver::Addresses> answer);
  void make_room();

  std::shared_ptr<Mailbox> mailbox_;
  std::shared_ptr<Resolver> resolver_;
  std::chrono::milliseconds keep_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace deltapost::net
