#include "format/inbound_sample.hpp"

#include <algorithm>
#include <array>

#include "format/format.hpp"
#include "format/sample.hpp"

namespace deltapost::format {
namespace {

InboundSample rendered(Format format, std::string_view event_type, Time now) {
  const ChangeView view = sample_view(event_type, now);
  for (const Event& event : events_of(view.change)) {
    if (event.type != event_type) continue;
    Rendered body = render(format, event, view, now, {});
    return {std::move(body.content_type), std::move(body.body)};
  }
  return {};
}

/// A value that the field takes.
Json example_of(std::string_view field) {
  static constexpr std::array<std::string_view, 5> kFlags{"hasReplied", "isHot", "isQualified",
                                                          "isUnsubscribed", "isAiOn"};
  static constexpr std::array<std::string_view, 5> kObjects{"additionalInfo", "questionsAndAnswers",
                                                            "tracking", "event", "latestCall"};
  if (std::ranges::find(kFlags, field) != kFlags.end()) return true;
  if (std::ranges::find(kObjects, field) != kObjects.end()) return JsonObject{{"sample", "sample"}};
  if (field == "userId" || field == "accountId") return 1;
  if (field == "disqualifyingGroup") return JsonArray{};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kExamples{
      {{"phone", "+15555550100"},
       {"phoneNumber", "+15555550100"},
       {"secondary_phoneNumber", "+15555550101"},
       {"email", "sample@example.com"},
       {"secondary_email", "sample2@example.com"},
       {"firstName", "Sam"},
       {"lastName", "Sample"},
       {"status", "QUALIFIED"},
       {"timeZone", "America/New_York"},
       {"ipAddress", "192.0.2.1"},
       {"country", "US"},
       {"summary", "A sample."}}};
  const auto* found =
      std::ranges::find(kExamples, field, &std::pair<std::string_view, std::string_view>::first);
  return boost::json::string(found == kExamples.end() ? "sample" : found->second);
}

/// Puts a value where a JSON pointer (RFC 6901) leads, making the objects on the way.
void put(Json& root, std::string_view pointer, Json value) {
  Json* at = &root;
  while (!pointer.empty()) {
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    std::string key(pointer.substr(1, end - 1));
    for (const auto& [escape, meant] : {std::pair{"~1", "/"}, {"~0", "~"}})
      for (std::size_t found = 0; (found = key.find(escape, found)) != std::string::npos; ++found)
        key.replace(found, 2, meant);
    if (!at->is_object()) at->emplace_object();
    at = &at->get_object()[key];
    pointer.remove_prefix(end);
  }
  *at = std::move(value);
}

InboundSample generic_sample(const Mapping& mapping, Time now) {
  Json item = JsonObject{};
  const auto put_if_pointer = [&](const std::string& where, Json value) {
    if (where.starts_with('/')) put(item, where, std::move(value));
  };
  put_if_pointer(mapping.event_id, "evt_sample");
  put_if_pointer(mapping.event, "sample");
  put_if_pointer(mapping.id, mapping.kind == Kind::lead ? Json("lead_sample") : Json(1));
  put_if_pointer(mapping.time, Json(iso_millis(now)));
  for (const auto& [field, pointer] : mapping.fields) put_if_pointer(pointer, example_of(field));
  if (mapping.items.empty()) return {"application/json", to_text(item)};
  Json body = JsonObject{};
  put(body, mapping.items, JsonArray{std::move(item)});
  return {"application/json", to_text(body)};
}

InboundSample form_sample(const Mapping& mapping) {
  std::string body;
  for (const auto& [field, name] : mapping.fields) {
    if (!body.empty()) body += '&';
    const Json value = example_of(field);
    body += url_encoded(name) + "=" +
            url_encoded(value.is_string() ? std::string(value.get_string()) : to_text(value));
  }
  return {"application/x-www-form-urlencoded", std::move(body)};
}

}  // namespace

std::string url_encoded(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    if (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.') {
      out += static_cast<char>(c);
    } else {
      out += '%';
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  return out;
}

InboundSample inbound_sample(InboundFormat format, const Mapping& mapping, Time now) {
  switch (format) {
    case InboundFormat::apten:
      return rendered(Format::apten, "lead.additionalInfo.updated", now);
    case InboundFormat::iclosed:
      return rendered(Format::iclosed, "contactUpdated", now);
    case InboundFormat::standard:
      return rendered(Format::standard, "contactUpdated", now);
    case InboundFormat::generic:
      return generic_sample(mapping, now);
    case InboundFormat::form:
      return form_sample(mapping);
  }
  return {};
}

}  // namespace deltapost::format
