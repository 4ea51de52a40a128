#include "api/guess_guard.hpp"

#include "api/problem.hpp"
#include "net/client_address.hpp"

namespace deltapost::api {

std::string GuessGuard::address_of(const net::Request& request) const {
  return net::network_of(net::client_address(request, rules_.trusted_proxies));
}

std::optional<net::Reply> GuessGuard::closed_to(const std::string& address, std::string_view secret) {
  return reply_to(limit_.closed_to(address, secret, clock_.now()), address);
}

std::optional<net::Reply> GuessGuard::wrong(const std::string& address, std::string_view secret) {
  return reply_to(limit_.wrong(address, secret, clock_.now()), address);
}

std::optional<net::Reply> GuessGuard::reply_to(const std::optional<GuessLimit::Refusal>& refused,
                                               const std::string& address) const {
  if (!refused) return std::nullopt;
  if (refused->first) hear_(address);
  return too_many_requests("too many wrong API keys or tokens came from this address; wait",
                           static_cast<int>(refused->wait.count()));
}

}  // namespace deltapost::api
