#include <gtest/gtest.h>

#include "samples.hpp"

namespace deltapost::format {
namespace {

const char* const kInfoUpdated = "lead.additionalInfo.updated";

JsonObject informed(std::string_view info) {
  return with(lead(), R"({"additionalInfo": )" + std::string(info) + "}");
}

JsonObject linked(const JsonObject& base) {
  return with(base, R"({"externalLeadId": "00Q5g00000ABCDEAA1", "close_crm_leadId": "lead_xyz123"})");
}

TEST(Apten, TellsAKeyThatWasAdded) {
  const auto view = lead_step(lead(), informed(R"({"insuranceProvider": "Aetna"})"));
  EXPECT_EQ(body(Format::apten, event(kInfoUpdated), view), golden("apten_key_added"));
}

TEST(Apten, TellsAKeyThatWasRemoved) {
  const auto view =
      lead_step(informed(R"({"insuranceProvider": "Aetna", "state": "NY"})"), informed(R"({"state": "NY"})"));
  EXPECT_EQ(body(Format::apten, event(kInfoUpdated), view), golden("apten_key_removed"));
}

TEST(Apten, NamesTheLinksOfALinkedLeadOnly) {
  const auto view = lead_step(linked(lead()), linked(informed(R"({"insuranceProvider": "Aetna"})")));
  EXPECT_EQ(body(Format::apten, event(kInfoUpdated), view), golden("apten_linked"));
}

TEST(Apten, NamesALinkWithoutTheOther) {
  const auto view =
      lead_step(lead(), with(informed(R"({"a": "b"})"), R"({"close_crm_leadId": "lead_xyz123"})"));
  const auto data = json(body(Format::apten, event(kInfoUpdated), view)).at("data").as_object();
  EXPECT_FALSE(data.contains("externalLeadId"));
  EXPECT_EQ(data.at("close_crm_leadId"), "lead_xyz123");
}

TEST(Apten, TellsSeveralKeysInOneBodyAndWritesTheirNamesAsTheyAre) {
  const auto before = informed(R"({"plan": "PPO", "kept": "same", "note": "call back"})");
  const auto after =
      with(informed(R"({"plan": "HMO", "kept": "same", "asked e.g. \"when\"?": "mañana \\ 明日",
                                       "policy.number": ""})"),
           R"({"firstName": "not told here"})");
  EXPECT_EQ(body(Format::apten, event(kInfoUpdated), lead_step(before, after)), golden("apten_several_keys"));
}

TEST(Apten, TellsEveryKeyThatALeadWasCreatedWith) {
  const auto view = lead_step({}, informed(R"({"insuranceProvider": "Aetna", "policy.number": "A-1"})"));
  EXPECT_EQ(body(Format::apten, event(kInfoUpdated), view), golden("apten_created_with_info"));
}

TEST(Apten, TellsEachKeyWhenTheWholeObjectIsReplaced) {
  ChangeView view = lead_step(lead(), informed(R"({"a": "2", "c": "3"})"));
  const auto change_whole = [&view](const char* before, const char* after) {
    view.change.fields = {{{"additionalInfo"}, *parse_json(before), *parse_json(after)}};
    return to_text(json(body(Format::apten, event(kInfoUpdated), view)).at("data").at("additionalInfo"));
  };
  EXPECT_EQ(change_whole(R"({"a": "1", "b": "1", "same": "x"})", R"({"a": "2", "c": "3", "same": "x"})"),
            R"({"a":{"old":"1","new":"2"},"b":{"old":"1","new":null},"c":{"old":null,"new":"3"}})");
  EXPECT_EQ(change_whole("null", R"({"c": "3"})"), R"({"c":{"old":null,"new":"3"}})");
  EXPECT_EQ(change_whole(R"({"b": "1"})", "null"), R"({"b":{"old":"1","new":null}})");
}

TEST(Apten, KeepsTheTimestampOfTheFirstTryInSeconds) {
  const auto view = lead_step(lead(), informed(R"({"a": "b"})"));
  const auto text =
      render(Format::apten, event(kInfoUpdated), view, time_of("2026-12-31T23:59:59.999Z"), {}).body;
  EXPECT_EQ(json(text).at("timestamp"), "2026-12-31T23:59:59Z");
}

TEST(Apten, TellsATagWithTheTimeWhenItWasSet) {
  const auto view = lead_step(lead(), with(lead(), R"({"tags": [{"id": "t1", "name": "Callback"}]})"));
  EXPECT_EQ(body(Format::apten, event("leadTagged", "Callback"), view), golden("apten_tagged"));
}

TEST(Apten, TellsABuiltInTagOfALinkedLead) {
  const auto view = lead_step(linked(lead()), with(linked(lead()), R"({"isHot": true})"));
  EXPECT_EQ(body(Format::apten, event("leadTagged", "isHot"), view), golden("apten_tagged_linked"));
}

TEST(Apten, TellsACreationWithTheLead) {
  const auto view = lead_step({}, informed(R"({"insuranceProvider": "Aetna", "policy.number": "A-1"})"));
  EXPECT_EQ(body(Format::apten, event("lead.created"), view), golden("apten_created"));
}

TEST(Apten, TellsAnUpdateWithDottedPaths) {
  const auto before =
      with(informed(R"({"policy.number": "A-1"})"), R"({"externalLeadId": "00Q5g00000ABCDEAA1"})");
  ChangeView view = lead_step(before, with(before, R"({"firstName": "Admiral Grace",
                                                       "additionalInfo": {"insuranceProvider": "Aetna"}})"));
  std::swap(view.change.fields[1],
            view.change.fields[2]);  // the order of the change is the order of the body
  EXPECT_EQ(body(Format::apten, event("lead.updated"), view), golden("apten_updated"));
}

TEST(Apten, TellsADeletion) {
  const auto after = with(lead(), R"({"deleted": true, "deletedAt": "2026-03-04T05:06:00.250Z"})");
  EXPECT_EQ(body(Format::apten, event("lead.deleted"), lead_step(lead(), after)), golden("apten_deleted"));
}

}  // namespace
}  // namespace deltapost::format
