// Resolver: names to addresses. The client asks it and the guard judges what it answers.
#pragma once

#include <cstdint>
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
  /// call. The error's message is fit for a delivery's log: "name or service not known". `asker`: on whose
  /// behalf, so that one whose names hang can be kept from delaying the others.
  virtual void resolve(const std::string& host, std::uint64_t asker, Done done) = 0;
};

/// The operating system's, on threads of its own; LookUpQueue says whose turn it is.
std::shared_ptr<Resolver> system_resolver();

}  // namespace deltapost::net
