// Every file of docs/samples, read as its README says.
#include <filesystem>
#include <random>
#include <set>

#include "inbound_reader.hpp"
#include "samples.hpp"

namespace deltapost::format {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path kFolder = std::filesystem::path(DP_SOURCE_DIR) / "docs/samples";

std::string file(const std::string& name) {
  std::ifstream stream(kFolder / name, std::ios::binary);
  EXPECT_TRUE(stream) << name;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Of each item: `nature event subject: field, field`.
std::vector<std::string> told(const Result<std::vector<Item>>& items) {
  static constexpr const char* kNatures[] = {"full", "delta", "note"};
  std::vector<std::string> texts;
  if (!items) return {items.error().message};
  for (const Item& item : *items) {
    if (!item.statement) {
      texts.push_back(item.statement.error().message);
      continue;
    }
    std::string text = std::string(kNatures[static_cast<int>(item.statement->nature)]) + " " +
                       item.statement->event + " " + shown(item.statement->subject) + ":";
    for (const StatedField& field : item.statement->fields) text += " " + dotted(field.path);
    texts.push_back(std::move(text));
  }
  return texts;
}

struct Sample {
  InboundFormat format;
  std::string body, mapping;
  std::vector<std::string> told;
  std::map<std::string, std::string> headers{};
};

const std::string kContactFields =
    " userId accountId firstName lastName email phoneNumber secondary_email secondary_phoneNumber status "
    "createdAt "
    "previewId timeZone joinedTime country ipAddress";

const Sample kSamples[] = {
    {InboundFormat::apten,
     "apten-additional-info-updated.json",
     "",
     {"delta lead.additionalInfo.updated lead lead_7Qm2xK +15555550137: additionalInfo.insuranceProvider "
      "additionalInfo.state additionalInfo.oldCarrier externalLeadId close_crm_leadId"}},
    {InboundFormat::apten,
     "apten-lead-tagged.json",
     "",
     {"delta leadTagged lead lead_7Qm2xK +15555550137: isHot externalLeadId"}},
    {InboundFormat::apten,
     "apten-opt-out.json",
     "",
     {"delta optOut lead lead_7Qm2xK +15555550137: isUnsubscribed externalLeadId"}},
    {InboundFormat::iclosed,
     "iclosed-contact-updated.json",
     "",
     {"full Contact updated contact 0000000000000005:" + kContactFields +
      " questionsAndAnswers.Phone Number questionsAndAnswers.Email Address questionsAndAnswers.Full Name "
      "questionsAndAnswers.Additional Information Question 1 questionsAndAnswers.Team size "
      "questionsAndAnswers.Monthly budget questionsAndAnswers.Anything else? event tracking.utm_source "
      "tracking.utm_medium tracking.utm_campaign tracking.first_utm_source tracking.utmKey_1 "
      "tracking.utmValue_1 "
      "latestCall disqualifyingGroup"}},
    {InboundFormat::iclosed,
     "iclosed-contact-created.json",
     "",
     {"full Contact created contact 0000000000000005:" + kContactFields +
      " questionsAndAnswers.Email Address event tracking.utm_source tracking.utm_medium "
      "tracking.utm_campaign "
      "tracking.first_utm_source tracking.utmKey_1 tracking.utmValue_1 latestCall disqualifyingGroup"}},
    {InboundFormat::iclosed,
     "iclosed-call-booked.json",
     "",
     {"note Call booked contact 0000000000000005 +12345678900 zogiji@example.com:"}},
    {InboundFormat::standard,
     "standard-lead-updated.json",
     "",
     {"delta lead.updated lead lead_01hzy3 +15555550137: email additionalInfo.state "
      "additionalInfo.oldCarrier tags isHot"}},
    {InboundFormat::standard,
     "standard-contact-updated.json",
     "",
     {"delta contactUpdated contact 0000000000000005: event tracking.utm_source questionsAndAnswers.Team "
      "size"}},
    {InboundFormat::generic,
     "generic-crm.json",
     "generic-crm.mapping.json",
     {"full upsert lead crm-1001 +15555550137 ada.sample@example.com: firstName lastName email phone "
      "additionalInfo.plan "
      "additionalInfo.seats additionalInfo.trial additionalInfo.note",
      "full upsert lead crm-1002 +15555550138: firstName lastName email phone additionalInfo.plan"}},
    {InboundFormat::generic,
     "github.json",
     "github.mapping.json",
     {"note issues lead ada-sample:"},
     {{"X-GitHub-Event", "issues"}, {"X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"}}},
    {InboundFormat::generic,
     "stripe.json",
     "stripe.mapping.json",
     {"full customer.updated lead cus_Example1 +15555550137 ada.sample@example.com: email phone lastName "
      "additionalInfo.plan"}},
    {InboundFormat::generic,
     "hubspot.json",
     "hubspot.mapping.json",
     {"delta contact.propertyChange lead 4501 ada.sample@example.com: email",
      "delta contact.propertyChange lead 4501 ada@example.com: email"}},
    {InboundFormat::generic,
     "close.json",
     "close.mapping.json",
     {"delta updated lead lead_xyz123: close_crm_leadId additionalInfo.status additionalInfo.plan"}},
    {InboundFormat::form,
     "form-urlencoded.txt",
     "form.mapping.json",
     {"full form lead +15555550137 ada.sample@example.com: firstName email phone additionalInfo.message "
      "additionalInfo.budget additionalInfo.likes"},
     {{"content-type", "application/x-www-form-urlencoded"}}},
    {InboundFormat::form,
     "form-multipart.txt",
     "form.mapping.json",
     {"full form lead +15555550137 ada.sample@example.com: firstName email phone additionalInfo.message"},
     {{"content-type", "multipart/form-data; boundary=----DeltapostSample7MA4"}}},
};

TEST(InboundSamples, StateWhatTheyAreMadeToShow) {
  for (const Sample& sample : kSamples) {
    const Reader reader{sample.format, sample.headers, sample.mapping.empty() ? "" : file(sample.mapping)};
    EXPECT_EQ(told(reader.items(file(sample.body))), sample.told) << sample.body;
  }
}

TEST(InboundSamples, AreAllReadAndNamedInTheirReadme) {
  std::set<std::string> read{"README.md"};
  for (const Sample& sample : kSamples) read.insert({sample.body, sample.mapping});
  const std::string readme = file("README.md");
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename();
    EXPECT_TRUE(read.contains(name)) << name;
    if (name != "README.md") {
      EXPECT_THAT(readme, HasSubstr("(" + name + ")"));
    }
  }
}

/// The sample with some bytes altered, left out or repeated.
std::string spoilt(std::string body, std::mt19937_64& random) {
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  static constexpr std::string_view kTraps = "{}[]\",:\\0-~%&=;\r\n\xff ";
  for (std::size_t left = 1 + below(4); left > 0 && !body.empty(); --left) {
    const std::size_t at = below(body.size());
    switch (below(4)) {
      case 0:
        body[at] = kTraps[below(kTraps.size())];
        break;
      case 1:
        body.erase(at, 1 + below(20));
        break;
      case 2:
        body.insert(at, body.substr(below(body.size()), 1 + below(40)));
        break;
      default:
        body.resize(at);
    }
  }
  return body;
}

TEST(InboundSamples, AreReadOrRefusedWithAReasonHoweverTheyAreSpoilt) {
  std::mt19937_64 random(17);
  for (const Sample& sample : kSamples) {
    const std::string whole = file(sample.body);
    const std::string mapping = sample.mapping.empty() ? "" : file(sample.mapping);
    for (int i = 0; i < 300; ++i) {
      const std::string body = spoilt(whole, random);
      const auto items = Reader{sample.format, sample.headers, mapping}.items(body);
      if (!items) {
        EXPECT_FALSE(items.error().message.empty()) << body;
        continue;
      }
      for (const Item& item : *items) {
        if (!item.statement) {
          EXPECT_FALSE(item.statement.error().message.empty()) << body;
        } else {
          EXPECT_FALSE(item.statement->content.empty()) << body;
        }
      }
    }
  }
}

}  // namespace
}  // namespace deltapost::format
