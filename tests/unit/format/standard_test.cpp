#include <gtest/gtest.h>

#include "samples.hpp"

namespace deltapost::format {
namespace {

TEST(Standard, TellsChangesAndRecordAndLeavesAnAbsentSideOut) {
  const auto view = lead_step(
      with(lead(), R"({"additionalInfo": {"policy.number": "A-1"}})"),
      with(lead(), R"({"additionalInfo": {"insuranceProvider": "Aetna"}, "email": "grace@example.com"})"));
  ChangeView ordered = view;  // diff goes by the document's order: email first
  std::rotate(ordered.change.fields.begin(), ordered.change.fields.begin() + 1, ordered.change.fields.end());
  EXPECT_EQ(body(Format::standard, event("lead.additionalInfo.updated"), ordered), golden("standard_lead"));
}

TEST(Standard, LeavesTheRecordOutWhereOnlyChangesAreWanted) {
  const auto view = contact_step(with(contact(), R"({"status": "POTENTIAL"})"), contact());
  EXPECT_EQ(body(Format::standard, event("contactUpdated"), view, {.changes_only = true}),
            golden("standard_contact_changes_only"));
}

TEST(Standard, ShowsUpdatedAtAfterTheContactsAddressAndVersionLast) {
  const auto view = contact_step(with(contact(), R"({"status": "POTENTIAL"})"), contact());
  const auto record =
      json(body(Format::standard, event("contactUpdated"), view)).at("data").at("record").as_object();
  const auto updated_at = record.find("updatedAt");
  ASSERT_NE(updated_at, record.end());
  EXPECT_EQ(updated_at->value(), "2026-03-04T05:06:00.250Z");
  EXPECT_EQ(std::prev(updated_at)->key(), "ipAddress");
  EXPECT_EQ(std::prev(record.end())->key(), "version");
  EXPECT_EQ(record.at("version"), 2);
}

TEST(Standard, TellsAnEndpointThatWasDisabled) {
  const auto view = endpoint_step(endpoint(), with(endpoint(), R"({"state": "disabled"})"));
  const auto told = json(body(Format::standard, event("endpoint.disabled"), view));
  EXPECT_EQ(told.at("type"), "endpoint.disabled");
  EXPECT_EQ(told.at("data").at("kind"), "endpoint");
  EXPECT_EQ(told.at("data").at("id"), "ep_1");
  EXPECT_EQ(told.at("data").at("record").at("state"), "disabled");
}

TEST(Standard, EscapesWhatUsersWrite) {
  const auto view = lead_step(lead(), with(lead(), R"({"firstName": "\"Quote\"\n\u0001 Żółć"})"));
  const std::string text = body(Format::standard, event("lead.updated"), view);
  EXPECT_EQ(json(text).at("data").at("record").at("firstName"), "\"Quote\"\n\x01 Żółć");
}

}  // namespace
}  // namespace deltapost::format
