#include "api/problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deltapost::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Problem, NamesTheFieldTheCureAndWhatStandsInTheWay) {
  const net::Reply reply =
      problem({.fault = Fault::conflict, .message = "phone is taken", .field = "phone", .other = "lead_1"});
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.content_type, "application/problem+json");
  EXPECT_EQ(
      reply.body,
      R"({"type":"urn:deltapost:problem:conflict","title":"Something else stands in the way","status":409,)"
      R"("detail":"phone is taken","field":"phone","other":"lead_1"})");
}

TEST(Problem, TellsNothingOfOurOwnMistakes) {
  for (Fault fault : {Fault::internal, Fault::corrupt}) {
    const net::Reply reply =
        problem({.fault = fault, .message = "row 17 of /var/lib/x is torn", .field = "f"});
    EXPECT_EQ(reply.status, 500);
    EXPECT_THAT(reply.body, Not(HasSubstr("row 17")));
    EXPECT_THAT(reply.body, Not(HasSubstr("\"field\"")));
  }
}

TEST(Problem, DoesNotAskASenderOfWebhooksForAnApiKey) {
  const net::Reply reply = bad_signature("X-Signature does not fit the request");
  EXPECT_EQ(reply.status, 401);
  EXPECT_FALSE(net::find_header(reply.headers, "WWW-Authenticate"));
  EXPECT_THAT(reply.body, HasSubstr("urn:deltapost:problem:bad-signature"));
  EXPECT_THAT(reply.body, Not(HasSubstr("API key")));
}

TEST(Problem, SaysWhenToTryAgainWhenItIsOnlyForNow) {
  for (Fault fault : {Fault::overloaded, Fault::unavailable}) {
    const net::Reply reply = problem({.fault = fault, .message = "later"});
    EXPECT_EQ(reply.status, 503);
    EXPECT_TRUE(net::find_header(reply.headers, "Retry-After"));
  }
}

}  // namespace
}  // namespace deltapost::api
