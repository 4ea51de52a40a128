// Resolver: names to addresses. The client asks it and the guard judges what it answers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_function.hpp"

namespace deltapost::net {

class Resolver {
 public:
  /// Numeric addresses, the ones to try first at the front; never empty.
  using Addresses = std::vector<std::string>;
  using Done = UniqueFunction<void(Result<Addresses>)>;

  virtual ~Resolver() = default;
  /// Calls `done` once, on any thread, now or later; it may be dropped when the resolver ends. Any thread may
  /// call. The error's message is fit for a delivery's log: "name or service not known".
  virtual void resolve(const std::string& host, Done done) = 0;
};

/// The operating system's, on a few threads of its own, so that one slow name does not hold up the others.
std::shared_ptr<Resolver> system_resolver();

}  // namespace deltapost::net
