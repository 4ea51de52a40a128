#include "inbound_reader.hpp"
#include "samples.hpp"

namespace deltapost::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kLeadForm =
    R"({"kind": "lead", "fields": {"phone": "tel", "email": "mail", "firstName": "name",
    "isHot": "hot", "additionalInfo.plan": "plan"}, "rest": "additionalInfo"})";

Reader form(std::string type = "application/x-www-form-urlencoded", std::string mapping = kLeadForm) {
  return {InboundFormat::form, {{"content-type", std::move(type)}}, std::move(mapping)};
}

TEST(InboundForm, ReadsAnUrlencodedForm) {
  const Statement statement = form().statement(
      "tel=%2B1+%28555%29+555-5555&mail=ada%40example.com&name=+Ada+&plan=gold&budget=10%25&empty=&hot=on");
  EXPECT_EQ(statement.nature, Statement::Nature::full);
  EXPECT_EQ(statement.event, "form");
  EXPECT_EQ(statement.event_id, "");
  EXPECT_EQ(statement.time, time_of("2026-05-14T15:30:05.250Z"));
  EXPECT_EQ(shown(statement.subject), "lead +15555555555 ada@example.com");
  EXPECT_THAT(shown(statement.fields),
              ElementsAre(R"(phone="+15555555555")", R"(email="ada@example.com")", R"(firstName="Ada")",
                          "isHot=true", R"(additionalInfo.plan="gold")", R"(additionalInfo.budget="10%")"));
  EXPECT_THAT(statement.ignored, IsEmpty());
}

TEST(InboundForm, TakesAnEmptyFieldAsNotStated) {
  EXPECT_THAT(form().fields("tel=%2B15555555555"), ElementsAre(R"(phone="+15555555555")"));
  EXPECT_THAT(form().fields("tel=%2B15555555555&name=&plan=+%0D%0A&hot="),
              ElementsAre(R"(phone="+15555555555")"));
  EXPECT_THAT(form().fields("tel=%2B15555555555&name"), ElementsAre(R"(phone="+15555555555")"));
}

TEST(InboundForm, JoinsBoxesThatWereTickedAndRefusesASecondName) {
  EXPECT_THAT(form().fields("tel=%2B15555555555&likes=a&likes=&likes=b"),
              ElementsAre(R"(phone="+15555555555")", R"(additionalInfo.likes="a, b")"));
  form().expect_refused("tel=%2B15555555555&name=Ada&name=Grace", "name", "more than once");
}

TEST(InboundForm, NamesTheFieldThatIsWrong) {
  form().expect_refused("tel=555-5555", "tel", "+15555555555");
  form().expect_refused("name=Ada", "phone", "missing");
  form().expect_refused("tel=%2B15555555555&hot=perhaps", "hot", "yes or no");
  const Reader contact =
      form("application/x-www-form-urlencoded",
           R"({"kind": "contact", "fields": {"email": "mail", "userId": "user", "phoneNumber": "tel"}})");
  contact.expect_refused("mail=a%40b.co&user=four", "user", "whole number");
  contact.expect_refused("mail=a%40b.co&tel=5555", "tel", "+15555555555");
  const Statement statement = contact.statement("mail=a%40b.co&user=4&other=x");
  EXPECT_THAT(shown(statement.fields), ElementsAre(R"(email="a@b.co")", "userId=4"));
  EXPECT_THAT(statement.ignored, ElementsAre("other"));
}

TEST(InboundForm, RefusesBodiesThatAreNone) {
  form().expect_unusable("tel=%2", "hexadecimal");
  form().expect_unusable("tel=%zz", "hexadecimal");
  form().expect_unusable("tel=%ff%fe", "UTF-8");
  form().expect_unusable("=x", "1 to 256");
  form().expect_unusable(std::string(257, 'n') + "=x", "1 to 256");
  form().expect_unusable("", "empty");
  std::string many = "tel=%2B15555555555";
  for (int i = 1; i < 200; ++i) many += "&f" + std::to_string(i) + "=x";
  EXPECT_EQ(form().fields(many).size(), 200U);
  form().expect_unusable(many + "&one=more", "200 fields");
}

TEST(InboundForm, KnowsThreeContentTypes) {
  EXPECT_TRUE(form("application/x-www-form-urlencoded; charset=UTF-8").items("tel=%2B15555555555"));
  EXPECT_TRUE(form("Application/X-WWW-Form-URLencoded;charset=\"utf-8\"").items("tel=%2B15555555555"));
  form("application/x-www-form-urlencoded; charset=iso-8859-1").expect_unusable("tel=1", "utf-8");
  for (const char* type : {"", "text/plain", "application/xml", "application"}) {
    form(type).expect_unusable("tel=1", "Content-Type must be");
  }
  form("multipart/form-data; boundary").expect_unusable("--x--", "name=value");
  form("application/json; a=1; a=2").expect_unusable("{}", "name=value");
}

TEST(InboundForm, ReadsAJsonObject) {
  const Reader json = form("application/json");
  EXPECT_THAT(
      json.fields(
          R"({"tel": "+15555555555", "hot": true, "plan": 5, "likes": ["a", "b"], "none": null, "e": ""})"),
      ElementsAre(R"(phone="+15555555555")", "isHot=true", R"(additionalInfo.plan="5")",
                  R"(additionalInfo.likes="a, b")"));
  json.expect_refused(R"({"tel": "+15555555555", "plan": {"x": 1}})", "plan", "not an object");
  json.expect_refused(R"({"tel": "+15555555555", "plan": [["x"]]})", "plan", "not an array");
  json.expect_unusable("[]", "must be an object");
  json.expect_unusable("{", "");
}

// ---- multipart

const std::string kType = "multipart/form-data; boundary=\"--AaB03x\"";

std::string part(std::string_view headers, std::string_view content) {
  return "----AaB03x\r\n" + std::string(headers) + "\r\n\r\n" + std::string(content) + "\r\n";
}

std::string field(std::string_view name, std::string_view value) {
  return part("Content-Disposition: form-data; name=\"" + std::string(name) + "\"", value);
}

const std::string kEnd = "----AaB03x--\r\n";

TEST(InboundMultipart, ReadsFieldsAndListsFilesAsIgnored) {
  const Statement statement = form(kType).statement(
      field("tel", "+1 555 555 5555") +
      part("content-disposition: FORM-DATA; NAME=note\r\nContent-Type: text/plain; charset=utf-8",
           "Zürich\r\nline 2") +
      part("Content-Disposition: form-data; name=\"cv\"; filename=\"c \\\"v\\\".pdf\"\r\nContent-Type: "
           "application/pdf",
           "\xff\xfe%PDF") +
      field("plan", "") + kEnd);
  EXPECT_THAT(shown(statement.fields),
              ElementsAre(R"(phone="+15555555555")", R"(additionalInfo.note="Zürich\r\nline 2")"));
  EXPECT_THAT(statement.ignored, ElementsAre("cv"));
}

TEST(InboundMultipart, ReadsNamesAsBrowsersWriteThem) {
  EXPECT_THAT(form(kType).fields(field("tel", "+15555555555") + field("a%22b%0D%0Ac%41", "1") +
                                 field("q\\\"r\\\\s\\t", "2") + kEnd),
              ElementsAre(R"(phone="+15555555555")",
                          R"(additionalInfo.a"b)"
                          "\r\n"
                          R"(c%41="1")",
                          R"(additionalInfo.q"r\\s\\t="2")"));
}

TEST(InboundMultipart, TakesContentThatLooksLikeABoundaryAsContent) {
  EXPECT_THAT(
      form(kType).fields(field("tel", "+15555555555") + field("x", "----AaB03 --\n----AaB03x") + kEnd),
      ElementsAre(R"(phone="+15555555555")", R"(additionalInfo.x="----AaB03 --\n----AaB03x")"));
}

TEST(InboundMultipart, RefusesWhatIsNotWrittenStrictly) {
  const std::string tel = field("tel", "+15555555555");
  const struct {
    std::string body, why;
  } kBodies[] = {
      {"preamble\r\n" + tel + kEnd, "does not begin"},
      {"\r\n" + tel + kEnd, "does not begin"},
      {tel, "last boundary is missing"},
      {tel + "----AaB03x", "goes on"},
      {tel + kEnd + "epilogue", "follows"},
      {tel + "----AaB03xy\r\n\r\n" + kEnd, "goes on"},
      {"----AaB03x\r\nContent-Disposition: form-data; name=\"a\"\r\nvalue", "last boundary"},
      {part("Content-Disposition: form-data", "x") + kEnd, "name"},
      {part("Content-Disposition: form-data; name=\"\"", "x") + kEnd, "name"},
      {part("Content-Disposition: attachment; name=\"a\"", "x") + kEnd, "form-data"},
      {part("Content-Type: text/plain", "x") + kEnd, "name"},
      {part("Content-Disposition: form-data; name=\"a", "x") + kEnd, "name=value"},
      {part("Content-Disposition: form-data; name=\"a\" x", "x") + kEnd, "name=value"},
      {part("Content-Disposition: form-data; name=a; name=b", "x") + kEnd, "name=value"},
      {part("no header", "x") + kEnd, "a header that is none"},
      {part("Content-Disposition: form-data; name=a\nX: y", "x") + kEnd, "a header that is none"},
      {part("X: " + std::string(5000, 'x'), "x") + kEnd, "4096"},
      {field(std::string(257, 'n'), "x") + kEnd, "256"},
      {field("a", "\xff") + kEnd, "UTF-8"},
      {field("\xff", "a") + kEnd, "UTF-8"},
      {part("Content-Disposition: form-data; name=\"a\xff\"; filename=\"f\"", "x") + kEnd, "UTF-8"},
      {part("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=latin1", "x") + kEnd,
       "charset"},
      {part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", "x") + kEnd,
       "Transfer-Encoding"},
      {"------AaB03x--", "does not begin"},
  };
  for (const auto& [body, why] : kBodies) form(kType).expect_unusable(body, why);
  std::string many;
  for (int i = 0; i < 201; ++i) many += field("f" + std::to_string(i), "x");
  form(kType).expect_unusable(many + kEnd, "200 fields");
  for (const std::string& boundary :
       {std::string(), std::string(71, 'x'), std::string("\"a b \""), std::string("\"a\\\"\"")}) {
    form("multipart/form-data; boundary=" + boundary).expect_unusable(tel + kEnd, "boundary");
  }
}

TEST(InboundMultipart, TakesAPartsBodyThatIsEmptyOrWholly) {
  EXPECT_THAT(form(kType).items("----AaB03x--")->front().statement.error().message, HasSubstr("missing"));
  form(kType).expect_unusable("----AaB03x\r\n\r\nno headers\r\n" + kEnd, "name");
}

}  // namespace
}  // namespace deltapost::format
