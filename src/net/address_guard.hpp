// AddressGuard: which addresses we may connect to. The decision is made on the resolved socket address, after
// DNS and before every connect; a name with one internal address is refused whole. Refused by default:
// everything in IANA's IPv4 and IPv6 special-purpose registries that is not globally reachable, and cloud
// metadata services. A mapped ::ffff:a.b.c.d is judged as IPv4.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace deltapost::net {

/// A network in CIDR notation, IPv4 or IPv6.
struct Cidr {
  std::array<std::uint8_t, 16> bytes{};  // IPv4 in the first four
  bool v6 = false;
  int prefix = 0;
  static Result<Cidr> parse(std::string_view text);  // "127.0.0.0/8", "fd00::/8"
  bool contains(const std::array<std::uint8_t, 16>& address, bool address_v6) const;
};

class AddressGuard {
 public:
  AddressGuard() = default;
  explicit AddressGuard(std::vector<Cidr> allowed) : allowed_(std::move(allowed)) {}

  /// `address` is numeric (dotted or RFC 4291). Fault::invalid with a message that names it when refused.
  Result<void> check(std::string_view address) const;

  /// For a URL as a user wrote it, before it is stored: refuses at once a host that is a numeric address (in
  /// any spelling that a resolver would take: 2130706433, 0x7f.1, 127.1, 0177.0.0.1, [::1]) which check()
  /// refuses, and `localhost` and names below it. Other names pass; they are judged when they are resolved.
  Result<void> check_host(std::string_view host) const;

  /// True when the allow list opens everything (0.0.0.0/0 or ::/0); the server warns loudly.
  bool allows_everything() const;

 private:
  std::vector<Cidr> allowed_;
};

}  // namespace deltapost::net
