#include "net/client_address.hpp"

#include <gtest/gtest.h>

namespace deltapost::net {
namespace {

std::vector<Cidr> proxies() {
  return {*Cidr::parse("10.0.0.0/8"), *Cidr::parse("fd00::/8")};
}

Request request(std::string peer, std::vector<std::string> forwarded) {
  Request request;
  request.peer = std::move(peer);
  for (auto& value : forwarded) request.headers.push_back({"X-Forwarded-For", std::move(value)});
  return request;
}

TEST(ClientAddress, WithoutTrustedProxiesItIsTheConnections) {
  EXPECT_EQ(client_address(request("10.0.0.1", {"198.51.100.7"}), {}), "10.0.0.1");
}

TEST(ClientAddress, AStrangersWordIsNotBelieved) {
  EXPECT_EQ(client_address(request("203.0.113.9", {"198.51.100.7"}), proxies()), "203.0.113.9");
}

TEST(ClientAddress, BehindAProxyItIsTheLastAddressThatNoProxyHas) {
  EXPECT_EQ(client_address(request("10.0.0.1", {"198.51.100.7"}), proxies()), "198.51.100.7");
  EXPECT_EQ(client_address(request("10.0.0.1", {"1.1.1.1, 198.51.100.7 , 10.0.0.2"}), proxies()),
            "198.51.100.7");
  EXPECT_EQ(client_address(request("fd00::1", {"1.1.1.1, 198.51.100.7", "10.0.0.2"}), proxies()),
            "198.51.100.7");
  EXPECT_EQ(client_address(request("::ffff:10.0.0.1", {"2001:db8::5"}), proxies()), "2001:db8::5");
}

TEST(ClientAddress, WhereOnlyProxiesAreToldItIsTheFirstOfThem) {
  EXPECT_EQ(client_address(request("10.0.0.1", {}), proxies()), "10.0.0.1");
  EXPECT_EQ(client_address(request("10.0.0.1", {"10.0.0.3, 10.0.0.2"}), proxies()), "10.0.0.3");
}

TEST(ClientAddress, WhatIsNoAddressIsNotBelieved) {
  for (const char* told : {"unknown", "", ",", "198.51.100.7:4711", "_hidden"})
    EXPECT_EQ(client_address(request("10.0.0.1", {told}), proxies()), "10.0.0.1") << told;
}

TEST(NetworkOf, OneIPv4AddressStandsForItselfAndAnIPv6OneForItsSubnet) {
  EXPECT_EQ(network_of("198.51.100.7"), "198.51.100.7");
  EXPECT_EQ(network_of("::ffff:198.51.100.7"), "198.51.100.7");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:2::9"), network_of("2001:db8:1:2:ffff::1"));
  EXPECT_NE(network_of("2001:db8:1:2::9"), network_of("2001:db8:1:3::9"));
  EXPECT_EQ(network_of(""), "");
}

}  // namespace
}  // namespace deltapost::net
