#include "bench/support/samples.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.hpp"
#include "format/inbound_sample.hpp"
#include "record/contact.hpp"
#include "record/diff.hpp"
#include "record/lead.hpp"

namespace deltapost::bench {
namespace {

constexpr std::string_view kLead =
    R"({"firstName":"Ada","lastName":"Sample","phone":"+15555550100","email":"ada.sample@example.com",)"
    R"("timeZone":"America/New_York","hasReplied":true,"additionalInfo":{"state":"NY","plan":"Family","age":"42"},"isAiOn":true})";

constexpr std::string_view kContact =
    R"({"userId":4,"accountId":3,"firstName":"Raya","lastName":"Fleming","email":"raya.fleming@example.com",)"
    R"("phoneNumber":"+15555550123","secondary_email":null,"secondary_phoneNumber":null,"status":"POTENTIAL",)"
    R"("timeZone":"Asia/Karachi","country":"PK","ipAddress":"192.0.2.17","questionsAndAnswers":{)"
    R"("Phone Number":"+15555550123","Email Address":"raya.fleming@example.com","Full Name":"Raya Fleming",)"
    R"("What is your budget?":"10000 to 20000","When do you want to begin?":"within three months",)"
    R"("What holds you back today?":"too many tools that do not know of each other"},)"
    R"("event":{"id":12,"name":"Strategy Session","linkPrefix":"raya/strategy","color":"#22C55E",)"
    R"("eventType":"STRATEGY_EVENT"},"tracking":{"utm_source":"newsletter","utm_medium":"email","utm_campaign":"autumn"},)"
    R"("latestCall":{"dateTime":"2025-05-10T09:00:00.000Z","duration":30}})";

constexpr std::string_view kLeadPatches[] = {R"({"additionalInfo":{"plan":"Family","insuranceState":null}})",
                                             R"({"additionalInfo":{"plan":"Single","insuranceState":"NJ"}})"};
constexpr std::string_view kContactPatches[] = {
    R"({"status":"POTENTIAL","tracking":{"utm_campaign":"autumn"},"questionsAndAnswers":{"What is your budget?":"10000 to 20000"}})",
    R"({"status":"QUALIFIED","tracking":{"utm_campaign":"spring"},"questionsAndAnswers":{"What is your budget?":"over 20000"}})"};

constexpr std::string_view kGenericMapping =
    R"({"kind":"lead","eventId":"/id","event":"/type","id":"/data/object/id","time":"/created","fields":{)"
    R"("firstName":"/data/object/first","lastName":"/data/object/last","phone":"/data/object/phone",)"
    R"("email":"/data/object/email","additionalInfo.plan":"/data/object/meta/plan",)"
    R"("additionalInfo.state":"/data/object/meta/state"}})";
constexpr std::string_view kFormMapping =
    R"({"kind":"lead","fields":{"firstName":"first_name","lastName":"last_name","phone":"phone","email":"email",)"
    R"("timeZone":"tz","additionalInfo.plan":"plan"},"rest":"additionalInfo"})";

constexpr std::string_view kPath = "/in/srctok_0123456789abcdefghij";

std::optional<std::string_view> found(const Texts& texts, std::string_view name) {
  const auto at = texts.find(name);
  return at == texts.end() ? std::nullopt : std::optional<std::string_view>(at->second);
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string rendered(format::Format format, Kind kind, std::string_view type) {
  const auto view = change_of(kind);
  return format::render(format, event_of(view, type), view, kNow, {}).body;
}

}  // namespace

JsonObject object(std::string_view text) {
  return good(parse_json_object(text));
}

std::string_view text_of(Kind kind) {
  if (kind == Kind::lead) return kLead;
  static const std::string contact = to_text(document_of(Kind::contact));
  return contact;
}

RecordKey key_of(Kind kind, std::size_t number) {
  return {kAccount, kind, kind == Kind::lead ? fmt::format("lead_{:012}", number) : contact_key_id(number)};
}

JsonObject document_of(Kind kind, std::size_t number) {
  if (kind == Kind::contact) return good(contact::create(object(kContact), number, "contact_sample", kNow));
  JsonObject input = object(kLead);
  input["phone"] = fmt::format("+1555{:07}", number);  // which no two leads share
  return good(lead::create(input, key_of(kind, number).id, kNow));
}

std::string_view patch_of(Kind kind, std::size_t turn) {
  return (kind == Kind::lead ? kLeadPatches : kContactPatches)[turn % 2];
}

Edited updated(Kind kind, JsonObject current, const JsonObject& patch) {
  auto update = kind == Kind::lead ? lead::update : contact::update;
  return good(update(std::move(current), patch));
}

format::ChangeView change_of(Kind kind) {
  format::ChangeView view;
  view.after = std::make_shared<const JsonObject>(
      updated(kind, document_of(kind), object(patch_of(kind, 1))).document);
  view.updated_at = kNow;
  view.change = {.key = key_of(kind, 1),
                 .version = 2,
                 .at = kNow,
                 .origin = {.actor = "key:k1", .source = "api"},
                 .fields = diff(document_of(kind), *view.after)};
  return view;
}

store::LogEntry row_of(Kind kind, std::size_t number, Version version) {
  const auto view = change_of(kind);
  store::LogEntry row;
  row.seq = number;
  row.key = key_of(kind, number);
  row.version = version;
  row.at = row.updated_at = kNow;
  row.origin = view.change.origin;
  row.changes = to_text(diff_to_json(view.change.fields));
  row.document = std::make_shared<const std::string>(to_text(*view.after));
  return row;
}

format::Event event_of(const format::ChangeView& view, std::string_view type) {
  const auto events = format::events_of(view.change);
  const auto event = std::ranges::find(events, type, &format::Event::type);
  DP_CHECK(event != events.end());
  return *event;
}

format::Verifier verifier_of(std::string_view text) {
  return good(format::parse_verifier(good(parse_json(text)), "verifier"));
}

std::string secret_of(const format::Verifier& verifier) {
  SeededRandom random(7);
  return format::generate_secret(verifier, random);
}

Webhook webhook_of(format::InboundFormat format, std::string_view verifier) {
  using format::InboundFormat;
  Webhook hook{.format = format, .verifier = verifier_of(verifier)};
  hook.secret = secret_of(hook.verifier);
  hook.headers["content-type"] = "application/json";
  const auto map = [&](std::string_view text) {
    hook.mapping = good(format::parse_mapping(format, object(text), "mapping"));
    auto sample = format::inbound_sample(format, hook.mapping, kNow);
    hook.headers["content-type"] = std::move(sample.content_type);
    hook.body = std::move(sample.body);
  };
  switch (format) {
    case InboundFormat::apten:
      hook.body = rendered(format::Format::apten, Kind::lead, "lead.additionalInfo.updated");
      break;
    case InboundFormat::iclosed:
      hook.body = rendered(format::Format::iclosed, Kind::contact, "contactUpdated");
      break;
    case InboundFormat::standard:
      hook.body = rendered(format::Format::standard, Kind::contact, "contactUpdated");
      break;
    case InboundFormat::generic:
      map(kGenericMapping);
      break;
    case InboundFormat::form:
      map(kFormMapping);
      break;
  }
  const auto signing = good(format::sign(hook.verifier, hook.secret, kPath, hook.body, "msg_sample", kNow));
  for (const auto& [name, value] : signing.headers) hook.headers[lower(name)] = value;
  for (const auto& [name, value] : signing.parameters) hook.parameters[name] = value;
  return hook;
}

Result<void> Webhook::verify() const {
  return format::verify(
      verifier, std::span(&secret, 1),
      {.method = "POST",
       .path_and_query = kPath,
       .header = [this](std::string_view name) { return found(headers, lower(std::string(name))); },
       .parameter = [this](std::string_view name) { return found(parameters, name); },
       .body = body},
      kNow);
}

Result<std::vector<format::Item>> Webhook::parse() const {
  return format::parse_inbound(
      format, mapping,
      {.body = body,
       .header = [this](std::string_view name) { return found(headers, lower(std::string(name))); },
       .received_at = kNow});
}

}  // namespace deltapost::bench
