#include <gtest/gtest.h>

#include "samples.hpp"

namespace deltapost::format {
namespace {

ChangeView disabled() {
  return endpoint_step(endpoint(), with(endpoint(), R"({"state": "disabled",
                                                        "disabledReason": "the endpoint answered 410 Gone"})"));
}

TEST(CloudEvents, WrapsTheStandardDataInAnEnvelope) {
  EXPECT_EQ(body(Format::cloudevents, event("endpoint.disabled"), disabled()),
            golden("cloudevents_endpoint_disabled"));
}

TEST(CloudEvents, HasItsOwnMediaType) {
  const auto rendered = render(Format::cloudevents, event("endpoint.disabled"), disabled(), kFirstSentAt, {});
  EXPECT_EQ(rendered.content_type, "application/cloudevents+json");
}

TEST(CloudEvents, NamesTypeAndSubjectOfEachKind) {
  const auto lead_told = json(body(Format::cloudevents, event("lead.created"), lead_step({}, lead())));
  EXPECT_EQ(lead_told.at("type"), "io.deltapost.lead.created");
  EXPECT_EQ(lead_told.at("subject"), "leads/lead_01hzy3");
  const auto contact_told =
      json(body(Format::cloudevents, event("newContactCreated"), contact_step({}, contact())));
  EXPECT_EQ(contact_told.at("type"), "io.deltapost.newContactCreated");
  EXPECT_EQ(contact_told.at("subject"), "contacts/5");
}

TEST(CloudEvents, HoldsTheSameDataAsTheStandardFormat) {
  const ChangeView view = lead_step(lead(), with(lead(), R"({"firstName": "G"})"));
  for (const RenderOptions& options : {RenderOptions{}, RenderOptions{.changes_only = true}}) {
    const auto standard = json(body(Format::standard, event("lead.updated"), view, options));
    const auto cloud = json(body(Format::cloudevents, event("lead.updated"), view, options));
    EXPECT_EQ(to_text(standard.at("data")), to_text(cloud.at("data")));
    EXPECT_EQ(standard.at("timestamp"), cloud.at("time"));
  }
}

}  // namespace
}  // namespace deltapost::format
