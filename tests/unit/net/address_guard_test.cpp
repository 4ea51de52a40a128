#include "net/address_guard.hpp"

#include <gtest/gtest.h>

namespace deltapost::net {
namespace {

AddressGuard allowing(std::initializer_list<std::string_view> texts) {
  std::vector<Cidr> networks;
  for (const auto text : texts) networks.push_back(*Cidr::parse(text));
  return AddressGuard(networks);
}

struct Range {
  std::string_view before, first, last, after;  // before and after are empty when they are refused, too
};

TEST(AddressGuard, RefusesEverySpecialRangeUpToItsEdges) {
  const std::vector<Range> ranges = {
      {"", "0.0.0.0", "0.255.255.255", "1.0.0.0"},
      {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
      {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
      {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
      {"168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"},
      {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
      {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
      {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
      {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
      {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
      {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
      {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
      {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
      {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
      {"223.255.255.255", "224.0.0.0", "239.255.255.255", ""},
      {"", "240.0.0.0", "255.255.255.255", ""},
      {"2000:ffff:ffff::", "2001::", "2001:1ff:ffff::1", "2001:200::"},
      {"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff:ffff::1", "2001:db9::"},
      {"2001:ffff::1", "2002::", "2002:ffff::1", "2003::"},
      {"3ffe:ffff::1", "3fff::", "3fff:fff:ffff::1", "3fff:1000::"},
      {"", "::", "1fff:ffff::1", "2000::"},
      {"3fff:ffff::1", "4000::", "ffff:ffff::1", ""},
  };
  const AddressGuard guard;
  for (const Range& range : ranges) {
    EXPECT_FALSE(guard.check(range.first)) << range.first;
    EXPECT_FALSE(guard.check(range.last)) << range.last;
    EXPECT_TRUE(range.before.empty() || guard.check(range.before)) << range.before;
    EXPECT_TRUE(range.after.empty() || guard.check(range.after)) << range.after;
  }
}

TEST(AddressGuard, RefusesWhatTheCloudsKeepTheirSecretsAt) {
  const AddressGuard guard;
  for (const auto address :
       {"169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192"}) {
    EXPECT_FALSE(guard.check(address)) << address;
  }
}

TEST(AddressGuard, JudgesAMappedAddressAsTheIpv4AddressItIs) {
  const AddressGuard guard;
  EXPECT_FALSE(guard.check("::ffff:127.0.0.1"));
  EXPECT_FALSE(guard.check("::ffff:7f00:1"));
  EXPECT_TRUE(guard.check("::ffff:8.8.8.8"));
  EXPECT_TRUE(allowing({"127.0.0.0/8"}).check("::ffff:127.0.0.1"));
}

TEST(AddressGuard, RefusesIpv4HiddenInIpv6) {
  const AddressGuard guard;
  for (const auto address : {"::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "::1",
                             "fe80::1", "fe80::1%lo", "fc00::1", "ff02::1"}) {
    EXPECT_FALSE(guard.check(address)) << address;
  }
}

TEST(AddressGuard, NamesTheRefusedAddress) {
  const auto refused = AddressGuard{}.check("10.0.0.8");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::invalid);
  EXPECT_EQ(refused.error().message, "address 10.0.0.8 is internal and not allowed");
}

TEST(AddressGuard, TakesNumericAddressesOnly) {
  const AddressGuard guard;
  for (const auto text : {"", "example.com", "8.8.8", "134744072", "8.8.8.8 ", "08.8.8.8", "[2600::1]"}) {
    EXPECT_FALSE(guard.check(text)) << text;
  }
}

TEST(AddressGuard, LetsAllowedNetworksThroughAndNothingBeside) {
  const AddressGuard guard = allowing({"10.1.2.0/23", "fd12:3456::/33"});
  EXPECT_TRUE(guard.check("10.1.2.0"));
  EXPECT_TRUE(guard.check("10.1.3.255"));
  EXPECT_FALSE(guard.check("10.1.4.0"));
  EXPECT_FALSE(guard.check("10.1.1.255"));
  EXPECT_TRUE(guard.check("fd12:3456:7fff::1"));
  EXPECT_FALSE(guard.check("fd12:3456:8000::1"));
}

TEST(AddressGuard, RefusesNumericHostsInEverySpellingThatAResolverTakes) {
  const AddressGuard guard;
  for (const auto host : {"127.0.0.1",
                          "2130706433",
                          "0x7f.1",
                          "127.1",
                          "127.0.1",
                          "0177.0.0.1",
                          "0x7f000001",
                          "0x7F.0X0.0.1",
                          "017700000001",
                          "[::1]",
                          "[::ffff:127.0.0.1]",
                          "::1",
                          "127.0.0.1.",
                          "0",
                          "0x",
                          "3232235777",
                          "10.1",
                          "169.254.43518",
                          "0xa9fea9fe",
                          "[fd00:ec2::254]",
                          "[0:0:0:0:0:0:0:1]"}) {
    EXPECT_FALSE(guard.check_host(host)) << host;
  }
}

TEST(AddressGuard, RefusesNumbersThatAreNoAddress) {
  const AddressGuard guard;
  for (const auto host : {"1.2.3.4.5", "256.1.1.1", "4294967296", "1.2.3.256", "0x1ffffffff", "1..2",
                          "09.1.1.1", "example.08", "", ".", "[]", "[zz]", "99999999999999999999"}) {
    EXPECT_FALSE(guard.check_host(host)) << host;
  }
}

TEST(AddressGuard, RefusesLocalhostAndWhatIsBelowIt) {
  const AddressGuard guard;
  for (const auto host : {"localhost", "LOCALHOST", "localhost.", "api.localhost", "a.b.localhost."}) {
    EXPECT_FALSE(guard.check_host(host)) << host;
  }
  EXPECT_TRUE(guard.check_host("localhost.example.com"));
  EXPECT_TRUE(guard.check_host("mylocalhost"));
  EXPECT_TRUE(allowing({"127.0.0.0/8"}).check_host("localhost"));
  EXPECT_FALSE(allowing({"10.0.0.0/8"}).check_host("localhost"));
}

TEST(AddressGuard, LeavesOtherNamesAndPublicAddressesToTheConnect) {
  const AddressGuard guard;
  for (const auto host : {"hooks.example.com", "8.8.8.8", "134744072", "[2600::1]", "10.example.com",
                          "0x7f.example", "1.2.3.4.nip.io", "a-b_c.example"}) {
    EXPECT_TRUE(guard.check_host(host)) << host;
  }
}

TEST(AddressGuard, TellsWhenItsListAllowsEverything) {
  EXPECT_FALSE(AddressGuard{}.allows_everything());
  EXPECT_FALSE(allowing({"10.0.0.0/8"}).allows_everything());
  EXPECT_TRUE(allowing({"10.0.0.0/8", "0.0.0.0/0"}).allows_everything());
  EXPECT_TRUE(allowing({"::/0"}).allows_everything());
}

TEST(Cidr, IsReadOnlyWhenItIsWhole) {
  for (const auto text : {"10.0.0.0/8", "0.0.0.0/0", "255.255.255.255/32", "fd00::/8", "::/0", "::1/128"}) {
    EXPECT_TRUE(Cidr::parse(text)) << text;
  }
  for (const auto text : {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "/8",
                          "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/+8", "name/8"}) {
    const auto parsed = Cidr::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().fault, Fault::invalid);
  }
}

}  // namespace
}  // namespace deltapost::net
