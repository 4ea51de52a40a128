// Sender: something that sends HTTP requests and tells how each went. A Client does so over sockets; a
// simulation hands them to receivers of its own.
#pragma once

#include "base/unique_function.hpp"
#include "net/http.hpp"

namespace deltapost::net {

class Sender {
 public:
  virtual ~Sender() = default;

  /// `done` is called exactly once, never within this call, on the one thread that the sender takes turns
  /// on, unless those turns end first. Any thread may call.
  virtual void send(OutRequest request, UniqueFunction<void(OutResult)> done) = 0;
};

}  // namespace deltapost::net
