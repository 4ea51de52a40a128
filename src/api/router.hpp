// Router: from a request to its route: path, method, key, scope; then the handler.
#pragma once

#include <vector>

#include "api/call.hpp"

namespace deltapost::api {

/// Every route there is, a function per file of handlers. openapi.yaml documents each of them.
std::vector<Route> all_routes();

class Router {
 public:
  Router(Services& services, std::vector<Route> routes);

  /// Any thread. Fits net::Handler.
  void handle(net::Request request, net::Respond respond);

 private:
  struct Compiled {
    Route route;
    std::vector<std::string> segments;  // "{}" for a parameter
  };
  /// Counts refused keys per client address, so that keys cannot be guessed at speed.
  class Guesses {
   public:
    /// Counts one more; true when the address has had its share for now.
    bool one_too_many(const std::string& peer, Time now);

   private:
    struct Count {
      Time since{};
      int failures = 0;
    };
    std::mutex mutex_;
    std::unordered_map<std::string, Count> counts_;
  };

  void dispatch(const Compiled& target, std::vector<std::string> params, net::Request request,
                net::Respond respond);
  Result<Caller> authenticate(const net::Request& request, Scope needed);

  Services& services_;
  // By number of segments, so that few patterns are compared.
  std::vector<std::vector<Compiled>> by_length_;
  Guesses guesses_;
};

}  // namespace deltapost::api
