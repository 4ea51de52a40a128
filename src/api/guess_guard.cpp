#include "api/guess_guard.hpp"

#include "api/problem.hpp"
#include "net/client_address.hpp"

namespace deltapost::api {
namespace {

net::Reply refusal(std::chrono::seconds wait) {
  return too_many_requests("too many wrong API keys or tokens came from this address; wait",
                           static_cast<int>(wait.count()));
}

}  // namespace

std::string GuessGuard::address_of(const net::Request& request) const {
  return net::network_of(net::client_address(request, rules_.trusted_proxies));
}

std::optional<net::Reply> GuessGuard::closed_to(const std::string& address, std::string_view secret) {
  const auto wait = limit_.closed_to(address, secret, clock_.now());
  return wait ? std::optional(refusal(*wait)) : std::nullopt;
}

std::optional<net::Reply> GuessGuard::wrong(const std::string& address, std::string_view secret) {
  const auto refused = limit_.wrong(address, secret, clock_.now());
  if (!refused) return std::nullopt;
  if (refused->first) hear_(address);
  return refusal(refused->wait);
}

}  // namespace deltapost::api
