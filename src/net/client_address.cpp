#include "net/client_address.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <optional>

namespace deltapost::net {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address

std::optional<ip::address> parse(std::string_view text) {
  boost::system::error_code error;
  const auto address = ip::make_address(text, error);
  if (error) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

bool is_in(const ip::address& address, const std::vector<Cidr>& networks) {
  std::array<std::uint8_t, 16> bytes{};
  if (address.is_v4())
    std::ranges::copy(address.to_v4().to_bytes(), bytes.begin());
  else
    bytes = address.to_v6().to_bytes();
  return std::ranges::any_of(networks,
                             [&](const Cidr& network) { return network.contains(bytes, address.is_v6()); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::string client_address(const Request& request, const std::vector<Cidr>& trusted) {
  if (trusted.empty()) return request.peer;
  std::string client = request.peer;
  // Several headers of the name are one list.
  std::string told;
  for (const Header& header : request.headers)
    if (find_header({header}, "x-forwarded-for")) told += (told.empty() ? "" : ",") + header.value;
  std::string_view left = told;
  for (;;) {
    const auto by = parse(client);
    if (!by || !is_in(*by, trusted) || left.empty()) return client;
    const std::size_t comma = left.rfind(',');
    const std::string_view next = trimmed(comma == std::string_view::npos ? left : left.substr(comma + 1));
    if (!parse(next)) return client;
    client = next;
    left = comma == std::string_view::npos ? std::string_view() : left.substr(0, comma);
  }
}

std::string network_of(std::string_view address) {
  const auto parsed = address.find(':') == std::string_view::npos ? std::nullopt : parse(address);
  if (!parsed) return std::string(address);
  if (parsed->is_v4()) return parsed->to_string();
  auto bytes = parsed->to_v6().to_bytes();
  std::fill(bytes.begin() + kNetworkBytes, bytes.end(), 0);
  return ip::make_address_v6(bytes).to_string() + "/64";
}

}  // namespace deltapost::net
