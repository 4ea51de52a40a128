// Who sent a request: the address of its connection, or, behind proxies of ours, the one that they tell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/address_guard.hpp"
#include "net/http.hpp"

namespace deltapost::net {

/// The address that the request came from. X-Forwarded-For is believed as far as those who wrote it are in
/// `trusted`: the last address in it that is not is the client. What is no address is not believed.
std::string client_address(const Request& request, const std::vector<Cidr>& trusted);

/// What one customer has to himself: an IPv4 address (mapped ones, too), an IPv6 /64. What is no address is
/// given back as it is.
std::string network_of(std::string_view address);

}  // namespace deltapost::net
