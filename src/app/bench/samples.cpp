#include "app/bench/samples.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/bench/blanks.hpp"
#include "base/check.hpp"
#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/time.hpp"

namespace deltapost::app::bench {
namespace {

// In these texts a run of # stands for the record's number, of @ for the step that it is taken to, of % for
// the step before, of ^ for the time, of ~ for a signature.

constexpr std::string_view kLeadId = "lead_bench##########", kContactId = "1#########";

constexpr std::string_view kLead =
    R"({"phone":"+1##########","firstName":"Maria","lastName":"Lopez","additionalInfo":)"
    R"({"state":"CA","step":"@@@@@@@@@@"}})";

constexpr std::string_view kLeadUpdate = R"({"additionalInfo":{"step":"@@@@@@@@@@"}})";

constexpr std::string_view kLeadWebhook =
    R"({"event":"lead.additionalInfo.updated","data":{"leadId":"lead_bench##########","phone":"+1##########",)"
    R"("additionalInfo":{"step":{"old":"%%%%%%%%%%","new":"@@@@@@@@@@"}}},)"
    R"("eventId":"##########@@@@@@@@@@000000000000","timestamp":"^^^^^^^^^^^^^^^^^^^^^^^^"})";

constexpr std::string_view kContactFields =
    R"("userId":4,"accountId":3,"firstName":"Raya","lastName":"Fleming @@@@@@@@@@",)"
    R"("email":"r##########@example.com","phoneNumber":null,"secondary_email":null,)"
    R"("secondary_phoneNumber":null,"status":"QUALIFIED",)"
    R"("createdAt":"2025-05-09T15:28:40.783Z","joinedTime":"2025-05-09T15:28:40.783Z",)"
    R"("timeZone":"Asia/Karachi","country":"PK","ipAddress":"::1","questionsAndAnswers":{)"
    R"("1_question":"Phone Number","1_response":"+1234567890",)"
    R"("2_question":"Email Address","2_response":"raya@example.com",)"
    R"("3_question":"Full Name","3_response":"Raya Fleming",)"
    R"("4_question":"Team size","4_response":"11 to 50",)"
    R"("5_question":"Monthly budget","5_response":"2,000 to 5,000",)"
    R"("Phone Number":"+1234567890","Email Address":"raya@example.com","Full Name":"Raya Fleming",)"
    R"("Team size":"11 to 50","Monthly budget":"2,000 to 5,000"},)"
    R"("event":{"id":12,"name":"Strategy Session","linkPrefix":"raya/strategy","color":"#22C55E",)"
    R"("eventType":"STRATEGY_EVENT"},)"
    R"("tracking":{"utm_source":"newsletter","utm_medium":"email","utm_campaign":"spring",)"
    R"("first_utm_source":"search","utmKey_1":"ref","utmValue_1":"partner-7"},)"
    R"("latestCall":{"id":881,"dateTime":"2025-05-12T09:00:00.000Z","duration":30,)"
    R"("user":{"id":4,"firstName":"Sam","lastName":"Host","email":"sam.host@example.com"}},)"
    R"("disqualifyingGroup":[])";

constexpr std::string_view kContactUpdate = R"({"lastName":"Fleming @@@@@@@@@@"})";

std::string contact_webhook() {
  return fmt::format(R"([{{"id":{},{},"updatedAt":"^^^^^^^^^^^^^^^^^^^^^^^^",)"
                     R"("updatedAttributes":["lastName"],"hookType":"Contact updated"}}])",
                     kContactId, kContactFields);
}

std::string webhook(Kind kind) {
  return kind == Kind::lead ? std::string(kLeadWebhook) : contact_webhook();
}

std::string filled(std::string text, std::uint32_t record, std::uint32_t step) {
  Blanks(text, '#').put(text, record);
  Blanks(text, '@').put(text, step);
  return text;
}

std::string request(std::string_view line, std::string_view headers, std::string_view body) {
  return fmt::format(
      "{} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{}content-length: {}\r\n\r\n{}",
      line, headers, body.size(), body);
}

/// A request in which only record and step change.
class NumberedScript : public Script {
 public:
  NumberedScript(std::uint32_t records, std::string text)
      : Script(records), text_(std::move(text)), record_(text_, '#'), step_(text_, '@') {}

  std::string blank() const override { return text_; }

 protected:
  void write(std::string& message, std::uint32_t record, std::uint32_t step) override {
    record_.put(message, record);
    step_.put(message, step);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  Blanks record_, step_;
};

/// One whose steps are the versions, for who answers without saying a version.
class PresentedScript final : public NumberedScript {
 public:
  using NumberedScript::NumberedScript;
  std::uint64_t version(const Message&, std::uint32_t step) const override { return step; }
};

class SourceScript final : public NumberedScript {
 public:
  SourceScript(std::uint32_t records, std::string text, const std::string& secret)
      : NumberedScript(records, std::move(text)),
        before_(this->text(), '%'),
        time_(this->text(), '^'),
        signature_(this->text(), '~'),
        body_at_(this->text().find("\r\n\r\n") + 4),
        mac_(HashAlgorithm::sha256, secret) {}

  /// The answer to a webhook tells the version in its body.
  std::uint64_t version(const Message& answer, std::uint32_t) const override {
    constexpr std::string_view kMark = "\"version\":";
    const std::size_t at = answer.body.find(kMark);
    return at == std::string_view::npos ? 0
                                        : std::strtoull(answer.body.data() + at + kMark.size(), nullptr, 10);
  }

 protected:
  void write(std::string& message, std::uint32_t record, std::uint32_t step) override {
    NumberedScript::write(message, record, step);
    before_.put(message, step - 1);
    time_.put(message, iso_millis(clock_.now()));
    signature_.put(message, hex(mac_.mac({std::string_view(message).substr(body_at_)})));
  }

 private:
  Blanks before_, time_, signature_;
  std::size_t body_at_;
  Hmac mac_;
  SystemClock clock_;
};

}  // namespace

std::string sample_id(Kind kind, std::uint32_t record) {
  return filled(std::string(kind == Kind::lead ? kLeadId : kContactId), record, 1);
}

std::string id_mark(Kind kind) {
  return kind == Kind::lead ? R"("leadId":"lead_bench)" : R"("id":1)";
}

JsonObject sample_input(Kind kind, std::uint32_t record) {
  std::string text = kind == Kind::lead ? std::string(kLead) : fmt::format("{{{}}}", kContactFields);
  auto object = parse_json_object(filled(std::move(text), record, 1));
  DP_CHECK(object);
  return *std::move(object);
}

std::unique_ptr<Script> api_updates(Kind kind, std::uint32_t records, const std::string& key) {
  const bool lead = kind == Kind::lead;
  const std::string line =
      fmt::format("PATCH /v1/{}/{}", lead ? "leads" : "contacts", lead ? kLeadId : kContactId);
  return std::make_unique<NumberedScript>(
      records, request(line, fmt::format("x-api-key: {}\r\n", key), lead ? kLeadUpdate : kContactUpdate));
}

std::unique_ptr<Script> ready_webhooks(Kind kind, std::uint32_t records) {
  std::string body = webhook(kind);
  std::ranges::replace(body, '%', '0');
  std::ranges::replace(body, '^', '0');
  const std::string digest(64, '0');
  const std::string headers = fmt::format(
      "user-agent: Deltapost/0.1\r\nwebhook-id: msg_000000000000000000000000\r\nwebhook-timestamp: "
      "1700000000\r\n"
      "webhook-signature: v1,{}=\r\nx-signature-sha256: {}\r\ndeltapost-event: "
      "lead.additionalInfo.updated\r\n"
      "deltapost-record-version: @@@@@@@@@@\r\ndeltapost-attempt: 1\r\n",
      digest.substr(0, 43), digest);
  return std::make_unique<PresentedScript>(records, request("POST /0", headers, body));
}

std::unique_ptr<Script> source_webhooks(Kind kind, std::uint32_t records, const SourceAddress& source) {
  const std::string headers = fmt::format("x-signature-sha256: {}\r\n", std::string(64, '~'));
  return std::make_unique<SourceScript>(records, request("POST /in/" + source.token, headers, webhook(kind)),
                                        source.secret);
}

}  // namespace deltapost::app::bench
