#include "net/url.hpp"

#include <gtest/gtest.h>

#include "net/destination.hpp"
#include "net/text.hpp"

namespace deltapost::net {
namespace {

struct GoodUrl {
  std::string_view text;
  bool https;
  std::string_view host;
  int port;
  std::string_view target;
  std::string_view authority;
};

TEST(Url, IsTakenApartAsItWillBeUsed) {
  const std::vector<GoodUrl> table = {
      {"https://example.com", true, "example.com", 443, "/", "example.com"},
      {"http://example.com/", false, "example.com", 80, "/", "example.com"},
      {"HTTPS://Example.COM:443/Path?q=A", true, "example.com", 443, "/Path?q=A", "example.com"},
      {"http://example.com:443/x", false, "example.com", 443, "/x", "example.com:443"},
      {"https://example.com?q=1", true, "example.com", 443, "/?q=1", "example.com"},
      {"https://example.com/a#fragment", true, "example.com", 443, "/a", "example.com"},
      {"https://example.com#fragment", true, "example.com", 443, "/", "example.com"},
      {"https://[2001:DB8::1]:8443/a", true, "2001:db8::1", 8443, "/a", "[2001:db8::1]:8443"},
      {"http://127.1:65535/", false, "127.1", 65535, "/", "127.1:65535"},
      {"https://a_b-c.example/p%20q?x=%2F@y", true, "a_b-c.example", 443, "/p%20q?x=%2F@y", "a_b-c.example"},
  };
  for (const GoodUrl& good : table) {
    const auto url = parse_url(good.text);
    ASSERT_TRUE(url) << good.text << ": " << url.error().message;
    EXPECT_EQ(url->https, good.https) << good.text;
    EXPECT_EQ(url->host, good.host) << good.text;
    EXPECT_EQ(url->port, good.port) << good.text;
    EXPECT_EQ(url->target, good.target) << good.text;
    EXPECT_EQ(url->authority(), good.authority) << good.text;
  }
}

TEST(Url, IsRefusedWhenItCouldBeReadInTwoWaysOrLeadsElsewhere) {
  for (const std::string_view text : {"",
                                      "example.com",
                                      "//example.com",
                                      "file:///etc/passwd",
                                      "gopher://example.com/",
                                      "ftp://example.com/",
                                      "https:/example.com",
                                      "https:example.com",
                                      "https://",
                                      "https:///path",
                                      "https://?q",
                                      "http://:80/",
                                      "https://user@example.com/",
                                      "https://user:password@example.com/",
                                      "https://example.com@evil.example/",
                                      "https://@example.com/",
                                      "https://example.com:0/",
                                      "https://example.com:65536/",
                                      "https://example.com:/",
                                      "https://example.com:8o/",
                                      "https://example.com:+80/",
                                      "https://example.com:80:80/",
                                      "https://exa mple.com/",
                                      "https://example.com/a b",
                                      "https://example.com/\r\nHost: x",
                                      "https://example.com/\x01",
                                      "https://ex%61mple.com/",
                                      "https://\xE2\x93\x94xample.com/",
                                      "https://example.com/\xC3\xA4",
                                      "https://[::1",
                                      "https://[]/",
                                      "https://[::1]x/",
                                      "https://[g::1]/",
                                      "https://[fe80::1%25eth0]/",
                                      "https://example.com\\@evil.example/",
                                      "https://example.com/a\\b",
                                      "https://exa,mple.com/",
                                      "javascript:alert(1)",
                                      " https://example.com/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().fault, Fault::invalid) << text;
  }
  EXPECT_FALSE(parse_url("https://example.com/" + std::string(8192, 'a')));
  EXPECT_FALSE(parse_url("https://" + std::string(254, 'a') + "/"));
  EXPECT_FALSE(parse_url(std::string_view("https://example.com/\0x", 22)));
}

TEST(Url, IsNotRepeatedInItsErrorSinceItMayHoldASecret) {
  const auto url = parse_url("https://user:hunter2@example.com/token-9");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().message, "The URL must not hold a user or a password.");
  EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos);
  EXPECT_EQ(url.error().message.find("token-9"), std::string::npos);
}

using Query = std::vector<std::pair<std::string, std::string>>;

TEST(Target, IsDecodedSegmentBySegmentAndParameterByParameter) {
  struct Good {
    std::string_view text;
    std::string_view path;
    Query query;
  };
  const std::vector<Good> table = {
      {"/", "/", {}},
      {"//", "//", {}},
      {"/v1/leads/", "/v1/leads/", {}},
      {"/a%20b/%C3%A4", "/a b/\xC3\xA4", {}},
      {"/a+b", "/a+b", {}},
      {"/...", "/...", {}},
      {"/x?", "/x", {}},
      {"/x?a=1&b=2&a=3", "/x", {{"a", "1"}, {"b", "2"}, {"a", "3"}}},
      {"/x?a+b=c%2Bd&e", "/x", {{"a b", "c+d"}, {"e", ""}}},
      {"/x?&&a==b?&=", "/x", {{"a", "=b?"}, {"", ""}}},
      {"/x?path=%2Fetc%2F..", "/x", {{"path", "/etc/.."}}},
  };
  for (const Good& good : table) {
    const auto target = parse_target(good.text);
    ASSERT_TRUE(target) << good.text << ": " << target.error().message;
    EXPECT_EQ(target->path, good.path) << good.text;
    EXPECT_EQ(target->query, good.query) << good.text;
  }
}

TEST(Target, IsRefusedWhenItIsNoPlainPath) {
  for (const std::string_view text : {"",
                                      "*",
                                      "x",
                                      "?q",
                                      "http://example.com/",
                                      "example.com:443",
                                      "/a#b",
                                      "/%",
                                      "/%4",
                                      "/%zz",
                                      "/a%2",
                                      "/%00",
                                      "/a%0d%0ab",
                                      "/%7f",
                                      "/a%2Fb",
                                      "/a%2fb",
                                      "/..",
                                      "/../etc",
                                      "/a/%2e%2E/b",
                                      "/./a",
                                      "/a/.",
                                      "/%ff",
                                      "/%C3",
                                      "/x?a=%",
                                      "/x?a=%00",
                                      "/x?%ff=1",
                                      "/x?a=%0a",
                                      "/a b",
                                      "/\xC3\xA4"}) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().fault, Fault::malformed) << text;
  }
  std::string many = "/x?";
  for (int i = 0; i < 257; ++i) many += "a=1&";
  EXPECT_FALSE(parse_target(many));
}

TEST(PercentDecode, TakesWholeEscapesOnly) {
  EXPECT_EQ(*percent_decode("a%41%7e%7E+"), "aA~~+");
  EXPECT_EQ(*percent_decode("a+b%2B", true), "a b+");
  EXPECT_EQ(*percent_decode("%00"), std::string(1, '\0'));
  for (const auto text : {"%", "%1", "%g1", "%1g", "ab%", "%%41", "%+1"})
    EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(HeaderText, IsCheckedForWhatBreaksAMessage) {
  EXPECT_TRUE(is_token("x-Api.Key_1"));
  for (const auto name : {"", "a b", "a:", "a\r\nb", "\xC3\xA4", "a\"", "a/b"})
    EXPECT_FALSE(is_token(name)) << name;
  for (const auto value : {"", "a b", "a\tb", "\xC3\xA4"}) EXPECT_TRUE(is_field_value(value)) << value;
  for (const auto value : {" a", "a ", "a\r\nb: c", "a\nb", "a\x01", "a\x7f", "\t"}) {
    EXPECT_FALSE(is_field_value(value)) << value;
  }
  EXPECT_FALSE(is_field_value(std::string_view("a\0b", 3)));
  EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-TYPE"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));
}

TEST(Destinations, AreWorkedOutOncePerUrl) {
  Destinations destinations;
  const auto first = destinations.find("https://Example.com/a");
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)->authority, "example.com");
  EXPECT_EQ((*first)->pool_key, "https://example.com");
  EXPECT_EQ(*destinations.find("https://Example.com/a"), *first);
  EXPECT_NE(*destinations.find("https://example.com/b"), *first);
  EXPECT_EQ((*destinations.find("http://example.com:8080/a"))->pool_key, "http://example.com:8080");
}

TEST(Destinations, RememberNoneThatIsNoUrl) {
  Destinations destinations;
  EXPECT_FALSE(destinations.find("ftp://example.com/"));
  EXPECT_FALSE(destinations.find("ftp://example.com/"));
}

TEST(Destinations, StayRightHoweverManyThereAre) {
  Destinations destinations;
  for (int i = 0; i < 40'000; ++i) {
    const auto found = destinations.find("http://example.com/" + std::to_string(i));
    ASSERT_TRUE(found);
    ASSERT_EQ((*found)->url.target, "/" + std::to_string(i));
  }
}

}  // namespace
}  // namespace deltapost::net
