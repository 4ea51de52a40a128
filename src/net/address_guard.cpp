#include "net/address_guard.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

#include "base/check.hpp"

namespace deltapost::net {
namespace {

namespace ip = boost::asio::ip;
using Bytes = std::array<std::uint8_t, 16>;

struct Address {
  Bytes bytes{};
  bool v6 = false;
};

Address of_v4(const ip::address_v4& v4) {
  Address address;
  const auto bytes = v4.to_bytes();
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address;
}

/// A mapped IPv4 address is taken as the IPv4 address that the kernel would connect to.
std::optional<Address> parse_address(std::string_view text) {
  boost::system::error_code error;
  const auto parsed = ip::make_address(text, error);
  if (error) return std::nullopt;
  if (parsed.is_v4()) return of_v4(parsed.to_v4());
  const auto v6 = parsed.to_v6();
  if (v6.is_v4_mapped()) return of_v4(ip::make_address_v4(ip::v4_mapped, v6));
  return Address{v6.to_bytes(), true};
}

bool is_in(const Address& address, const std::vector<Cidr>& networks) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Cidr& network) { return network.contains(address.bytes, address.v6); });
}

std::vector<Cidr> networks(std::initializer_list<std::string_view> texts) {
  std::vector<Cidr> parsed;
  for (const auto text : texts) {
    auto network = Cidr::parse(text);
    DP_CHECK(network.has_value());
    parsed.push_back(*network);
  }
  return parsed;
}

/// IANA's IPv4 special-purpose registry, multicast, and a cloud's metadata service that hides at a public
/// address.
const std::vector<Cidr>& refused_v4() {
  static const std::vector<Cidr> list = networks({
      "0.0.0.0/8",         // this network
      "10.0.0.0/8",        // private
      "100.64.0.0/10",     // carrier-grade NAT
      "127.0.0.0/8",       // loopback
      "168.63.129.16/32",  // Azure's wire server
      "169.254.0.0/16",    // link-local, with most clouds' metadata
      "172.16.0.0/12",     // private
      "192.0.0.0/24",      // protocol assignments
      "192.0.2.0/24",      // documentation
      "192.88.99.0/24",    // 6to4 relays, deprecated
      "192.168.0.0/16",    // private
      "198.18.0.0/15",     // benchmarking
      "198.51.100.0/24",   // documentation
      "203.0.113.0/24",    // documentation
      "224.0.0.0/4",       // multicast
      "240.0.0.0/4",       // reserved, broadcast
  });
  return list;
}

const std::vector<Cidr>& global_v6() {
  static const std::vector<Cidr> list = networks({"2000::/3"});
  return list;
}

/// What IANA's IPv6 special-purpose registry takes out of 2000::/3.
const std::vector<Cidr>& refused_v6() {
  static const std::vector<Cidr> list = networks({
      "2001::/23",      // protocol assignments: Teredo, benchmarking, ORCHID
      "2001:db8::/32",  // documentation
      "2002::/16",      // 6to4: holds an IPv4 address of the sender's choice
      "3fff::/20",      // documentation
  });
  return list;
}

bool is_public(const Address& address) {
  if (!address.v6) return !is_in(address, refused_v4());
  return is_in(address, global_v6()) && !is_in(address, refused_v6());
}

Error refused(std::string_view address) {
  return {Fault::invalid, "address " + std::string(address) + " is internal and not allowed"};
}

std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// One part of a numeric host as inet_aton reads it: decimal, 0x hexadecimal or 0 octal.
std::optional<std::uint64_t> parse_part(std::string_view part) {
  if (part.empty()) return std::nullopt;
  if (part.starts_with("0x") || part.starts_with("0X")) {
    return part.size() == 2 ? 0 : parse_number(part.substr(2), 16);
  }
  if (part.size() > 1 && part.front() == '0') return parse_number(part.substr(1), 8);
  return parse_number(part, 10);
}

std::vector<std::string_view> split_at_dots(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto dot = text.find('.');
    parts.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

/// A host whose last part is a number is an address and no name (WHATWG URL, "ends in a number").
bool looks_numeric(std::string_view host) {
  const std::string_view last = split_at_dots(host).back();
  const bool digits =
      !last.empty() && std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits || parse_part(last).has_value();
}

/// As inet_aton: up to four parts, the last of which fills all bytes that are left.
std::optional<std::string> dotted(std::string_view host) {
  const auto parts = split_at_dots(host);
  if (parts.size() > 4) return std::nullopt;
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto value = parse_part(parts[i]);
    const bool last = i + 1 == parts.size();
    const std::uint64_t limit = last ? std::uint64_t{1} << (8 * (5 - parts.size())) : 256;
    if (!value || *value >= limit) return std::nullopt;
    address = last ? (address * limit) + *value : (address * 256) + *value;
  }
  return ip::make_address_v4(static_cast<std::uint32_t>(address)).to_string();
}

bool is_localhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace

Result<Cidr> Cidr::parse(std::string_view text) {
  const Error wrong{Fault::invalid,
                    "\"" + std::string(text) + "\" is no network; write one like 10.0.0.0/8 or fd00::/8."};
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return wrong;
  boost::system::error_code error;
  const auto address = ip::make_address(text.substr(0, slash), error);
  const auto prefix = parse_number(text.substr(slash + 1), 10);
  if (error || !prefix || *prefix > (address.is_v6() ? 128U : 32U)) return wrong;
  Cidr cidr;
  cidr.v6 = address.is_v6();
  cidr.prefix = static_cast<int>(*prefix);
  cidr.bytes = cidr.v6 ? address.to_v6().to_bytes() : of_v4(address.to_v4()).bytes;
  return cidr;
}

bool Cidr::contains(const Bytes& address, bool address_v6) const {
  if (address_v6 != v6) return false;
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole), address.begin())) {
    return false;
  }
  const int rest = prefix % 8;
  return rest == 0 || ((bytes[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

Result<void> AddressGuard::check(std::string_view address) const {
  const auto parsed = parse_address(address);
  if (!parsed) return Error{Fault::invalid, "\"" + std::string(address) + "\" is not a numeric address"};
  if (is_public(*parsed) || is_in(*parsed, allowed_)) return ok();
  return refused(address);
}

Result<void> AddressGuard::check_host(std::string_view written) const {
  std::string host(written);
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  if (host.ends_with('.')) host.pop_back();
  if (host.empty()) return Error{Fault::invalid, "the host is empty"};
  if (host.starts_with('[') && host.ends_with(']')) return check(host.substr(1, host.size() - 2));
  if (host.find(':') != std::string::npos) return check(host);
  if (is_localhost(host)) {
    const bool allowed = check("127.0.0.1").has_value() || check("::1").has_value();
    return allowed ? ok() : Result<void>(Error{Fault::invalid, host + " is internal and not allowed"});
  }
  if (!looks_numeric(host)) return ok();
  const auto address = dotted(host);
  if (!address) return Error{Fault::invalid, "\"" + host + "\" is neither a name nor an address"};
  return check(*address);
}

bool AddressGuard::allows_everything() const {
  return std::any_of(allowed_.begin(), allowed_.end(), [](const Cidr& cidr) { return cidr.prefix == 0; });
}

}  // namespace deltapost::net
