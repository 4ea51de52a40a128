// Router: from a request to its route: path, method, key, scope; then the handler.
#pragma once

#include <variant>
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

  void dispatch(const Compiled& target, std::vector<std::string> params, net::Request request,
                net::Respond respond);
  std::variant<Caller, net::Reply> authenticate(const net::Request& request, Scope needed);

  Services& services_;
  // By number of segments, so that few patterns are compared.
  std::vector<std::vector<Compiled>> by_length_;
};

}  // namespace deltapost::api
