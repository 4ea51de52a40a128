#include "format/format.hpp"

#include <gtest/gtest.h>

#include "samples.hpp"

namespace deltapost::format {
namespace {

constexpr std::array kAllFormats{Format::apten, Format::iclosed, Format::standard, Format::cloudevents};

TEST(Formats, AreReadByTheNameTheyAreWrittenWith) {
  for (const Format format : kAllFormats) EXPECT_EQ(parse_format(to_string(format)), format);
  EXPECT_EQ(to_string(Format::cloudevents), "cloudevents");
  for (const char* text : {"", "Apten", "standard ", "xml"})
    EXPECT_EQ(parse_format(text), std::nullopt) << text;
}

TEST(Formats, ExpressTheEventsOfTheirKindOfRecord) {
  for (const std::string_view type : event_types()) {
    EXPECT_EQ(can_express(Format::apten, type), record_kind(type) == Kind::lead) << type;
    EXPECT_EQ(can_express(Format::iclosed, type), record_kind(type) == Kind::contact) << type;
    EXPECT_TRUE(can_express(Format::standard, type)) << type;
    EXPECT_TRUE(can_express(Format::cloudevents, type)) << type;
  }
  for (const Format format : kAllFormats) EXPECT_FALSE(can_express(format, "contactDetailChanged"));
}

TEST(FormatsDeathTest, RefuseAnEventThatTheyCannotExpress) {
  EXPECT_DEATH((void)body(Format::apten, event("contactUpdated"), contact_step({}, contact())),
               "broken invariant");
  EXPECT_DEATH((void)body(Format::standard, event("contactDetailChanged"), contact_step({}, contact())),
               "broken invariant");
  EXPECT_DEATH((void)body(Format::iclosed, event("endpoint.disabled"), contact_step({}, contact())),
               "broken invariant");
}

TEST(Formats, WriteTheSameBytesForTheSameInput) {
  const ChangeView of_lead =
      lead_step({}, with(lead(), R"({"additionalInfo": {"b": "1", "a": "2"}, "isHot": true})"));
  const ChangeView of_contact = contact_step({}, contact());
  for (const Format format : kAllFormats) {
    for (const ChangeView& view : {of_lead, of_contact}) {
      for (const Event& told : events_of(view.change)) {
        if (!can_express(format, told.type)) continue;
        const ChangeView copy = view;
        EXPECT_EQ(body(format, told, view), body(format, told, copy));
      }
    }
  }
}

TEST(Formats, AreJsonForEveryoneElse) {
  const ChangeView view = lead_step({}, lead());
  for (const Format format : {Format::apten, Format::standard}) {
    EXPECT_EQ(render(format, event("lead.created"), view, kFirstSentAt, {}).content_type, "application/json");
  }
}

}  // namespace
}  // namespace deltapost::format
