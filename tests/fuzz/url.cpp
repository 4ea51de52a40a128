// URLs of endpoints, targets of requests, networks. What is taken apart is put together again as the same,
// and the guard's word about a host does not depend on how a numeric address is spelled.
#include "net/url.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/encoding.hpp"
#include "fuzz/targets.hpp"
#include "net/address_guard.hpp"

namespace deltapost::fuzz {
namespace {

void check_url(std::string_view text) {
  const auto url = net::parse_url(text);
  if (!url) return;
  DP_CHECK(!url->host.empty() && url->port != 0 && url->target.starts_with('/'));
  DP_CHECK(url->host.find_first_of("@/?#\\%[] ") == std::string::npos);
  const auto again = net::parse_url((url->https ? "https://" : "http://") + url->authority() + url->target);
  DP_CHECK(again);
  DP_CHECK(again->https == url->https && again->host == url->host && again->port == url->port &&
           again->ipv6 == url->ipv6 && again->target == url->target);
  // A host that the C library takes for an address without asking anyone is judged like that address.
  in_addr address{};
  const net::AddressGuard guard;
  if (!url->ipv6 && inet_aton(url->host.c_str(), &address) != 0) {
    char dotted[INET_ADDRSTRLEN] = {};
    DP_CHECK(inet_ntop(AF_INET, &address, dotted, sizeof dotted) != nullptr);
    DP_CHECK(guard.check_host(url->host).has_value() == guard.check(dotted).has_value());
  } else {
    (void)guard.check_host(url->host).has_value();
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '/' ? std::string("/") : "%" + hex({&c, 1});
  return out;
}

void check_target(std::string_view text) {
  const auto target = net::parse_target(text);
  if (!target) return;
  DP_CHECK(target->path.starts_with('/') && valid_utf8(target->path));
  std::string written = escaped(target->path);
  char separator = '?';
  for (const auto& [name, value] : target->query) {
    written += separator + escaped(name) + "=" + escaped(value);
    separator = '&';
  }
  const auto again = net::parse_target(written);
  DP_CHECK(again && again->path == target->path);
  DP_CHECK(again->query == target->query);
}

void check_network(std::string_view text) {
  const auto network = net::Cidr::parse(text);
  if (!network) return;
  DP_CHECK(network->prefix >= 0 && network->prefix <= (network->v6 ? 128 : 32));
  DP_CHECK(network->contains(network->bytes, network->v6));
  (void)net::AddressGuard({*network}).check(text.substr(0, text.find('/'))).has_value();
}

}  // namespace

void url(std::string_view input) {
  check_url(input);
  check_target(input);
  check_network(input);
}

}  // namespace deltapost::fuzz
