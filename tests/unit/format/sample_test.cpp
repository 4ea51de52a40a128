#include "format/sample.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "record/contact.hpp"
#include "record/lead.hpp"
#include "samples.hpp"

namespace deltapost::format {
namespace {

TEST(SampleView, HasAnEventOfItsTypeThatEveryFitFormatCanWrite) {
  for (const std::string_view type : event_types()) {
    const ChangeView view = sample_view(type, kChangedAt);
    const auto events = events_of(view.change);
    const auto told = std::ranges::find(events, type, &Event::type);
    ASSERT_NE(told, events.end()) << type;
    for (const Format format : {Format::apten, Format::iclosed, Format::standard, Format::cloudevents}) {
      if (!can_express(format, type)) continue;
      const std::string text = body(format, *told, view);
      EXPECT_TRUE(parse_json(text)) << text;
      EXPECT_NE(text.find("sample"), std::string::npos) << text;
    }
  }
}

TEST(SampleView, NamesRecordsThatAreRecognisedAsSamples) {
  EXPECT_EQ(wire_id(sample_view("lead.updated", kChangedAt).change.key), "lead_sample");
  EXPECT_EQ(wire_id(sample_view("contactUpdated", kChangedAt).change.key), "1");
  EXPECT_EQ(wire_id(sample_view("endpoint.disabled", kChangedAt).change.key), "endpoint_sample");
  EXPECT_EQ(sample_view("leadTagged", kChangedAt).after->at("id"), "lead_sample");
  EXPECT_EQ(sample_view("contactDeleted", kChangedAt).after->at("id"), 1);
}

TEST(SampleView, HappensNow) {
  const ChangeView view = sample_view("lead.updated", kChangedAt);
  EXPECT_EQ(view.change.at, kChangedAt);
  EXPECT_EQ(view.updated_at, kChangedAt);
}

TEST(StandardRecord, IsTheRecordAsAnswersShowIt) {
  const auto shown = [](std::string_view type) {
    const ChangeView view = sample_view(type, kChangedAt);
    return to_text(json(body(Format::standard, event(std::string(type)), view)).at("data").at("record"));
  };
  const ChangeView lead = sample_view("lead.updated", kChangedAt);
  EXPECT_EQ(shown("lead.updated"), to_text(lead::present(*lead.after, lead.updated_at, lead.change.version)));
  const ChangeView contact = sample_view("contactUpdated", kChangedAt);
  EXPECT_EQ(shown("contactUpdated"),
            to_text(contact::present(*contact.after, contact.updated_at, contact.change.version)));
}

}  // namespace
}  // namespace deltapost::format
