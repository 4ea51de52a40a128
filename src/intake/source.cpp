#include "intake/source.hpp"

#include <fmt/format.h>

#include <array>

#include "base/check.hpp"
#include "intake/source_rules.hpp"
#include "record/fields.hpp"

namespace deltapost::intake {
namespace {

constexpr std::size_t kDefaultItems = 100;

Error corrupt(const Record& record, std::string_view why) {
  return {.fault = Fault::corrupt,
          .message = fmt::format("source {} cannot be read: {}", record.key.id, why)};
}

Result<void> merge(JsonObject& document, const JsonObject& input) {
  for (const auto& [name, value] : input) {
    auto checked = check_source_member(name, value);
    if (!checked) return checked.error();
    document[name] = *std::move(checked);
  }
  return check_source_whole(document);
}

JsonArray timed_to_json(const std::vector<TimedText>& texts) {
  JsonArray list;
  for (const TimedText& each : texts) {
    Json until = nullptr;
    if (each.until) until = boost::json::string(iso_millis(*each.until));
    list.push_back(JsonObject{{"text", each.text}, {"until", std::move(until)}});
  }
  return list;
}

/// Throws what boost::json throws for a text that we did not write.
std::vector<TimedText> timed_from_json(const Json& list) {
  std::vector<TimedText> texts;
  for (const Json& each : list.as_array()) {
    TimedText text{std::string(each.at("text").as_string()), std::nullopt};
    if (const Json& until = each.at("until"); until.is_string())
      if (auto time = parse_iso(until.get_string())) text.until = *time;
    texts.push_back(std::move(text));
  }
  return texts;
}

/// Throws what boost::json throws for a document that we did not write.
Result<Source> read(const Record& record) {
  const JsonObject& document = record.document;
  Source source;
  source.key = record.key;
  if (const Json& name = document.at("name"); name.is_string()) source.name = name.get_string();
  source.paused = document.at("state") == "paused";
  source.verifier = verifier_of(document);
  const auto format = format::parse_inbound_format(document.at("format").as_string());
  if (!format) return corrupt(record, "unknown format");
  source.format = *format;
  if (const Json& mapping = document.at("mapping"); !mapping.is_null()) {
    auto parsed = format::parse_mapping(*format, mapping, "mapping");
    if (!parsed) return corrupt(record, parsed.error().message);
    source.mapping = *std::move(parsed);
  }
  source.on_bad_content =
      document.at("onBadContent") == "reject" ? OnBadContent::reject : OnBadContent::quarantine;
  source.max_body_bytes = document.at("maxBodyBytes").to_number<std::size_t>();
  source.max_items = document.at("maxItems").to_number<std::size_t>();
  source.rate_per_second = document.at("rateLimit").to_number<std::uint32_t>();
  for (const Json& rule : document.at("validation").as_array()) {
    auto parsed = parse_rule(rule, "validation");
    if (!parsed) return corrupt(record, parsed.error().message);
    source.rules.push_back(*std::move(parsed));
  }
  return source;
}

}  // namespace

std::vector<std::string> Source::live_secrets(Time now) const {
  std::vector<std::string> live;
  for (const TimedText& secret : secrets.secrets)
    if (!secret.until || *secret.until > now) live.push_back(secret.text);
  return live;
}

Result<JsonObject> create_source(const JsonObject& input, std::string_view id, Time now) {
  JsonObject document{{"id", id},
                      {"name", nullptr},
                      {"description", nullptr},
                      {"format", nullptr},
                      {"verifier", nullptr},
                      {"mapping", nullptr},
                      {"onBadContent", "quarantine"},
                      {"maxBodyBytes", kMaxSourceBodyBytes},
                      {"maxItems", kDefaultItems},
                      {"rateLimit", 0},
                      {"validation", JsonArray{}},
                      {"state", "active"},
                      {"createdAt", iso_millis(now)},
                      {"deleted", false},
                      {"deletedAt", nullptr}};
  if (!input.contains("format"))
    return fields::invalid("format", "is required: apten, iclosed, standard, generic or form");
  if (!input.contains("verifier"))
    return fields::invalid("verifier",
                           "is required: how its requests are signed (standard, apten, hmac, github, stripe, "
                           "hubspot, close, token), or none for a sender that signs nothing");
  if (auto merged = merge(document, input); !merged) return merged.error();
  return document;
}

Result<JsonObject> update_source(const JsonObject& current, const JsonObject& patch) {
  JsonObject document = current;
  if (auto merged = merge(document, patch); !merged) return merged.error();
  return document;
}

std::string source_secrets_context(const RecordKey& source) {
  return fmt::format("source:{}:{}", source.account.text(), source.id);
}

std::string source_secrets_to_text(const SourceSecrets& secrets) {
  return to_text(
      JsonObject{{"tokens", timed_to_json(secrets.tokens)}, {"secrets", timed_to_json(secrets.secrets)}});
}

Result<SourceSecrets> source_secrets_from_text(std::string_view text) {
  const Error bad{.fault = Fault::corrupt, .message = "a source's sealed secrets cannot be read"};
  auto parsed = parse_json_object(text);
  if (!parsed) return bad;
  try {
    SourceSecrets secrets{timed_from_json(parsed->at("tokens")), timed_from_json(parsed->at("secrets"))};
    if (secrets.tokens.empty()) return bad;
    return secrets;
  } catch (const std::exception&) {
    return bad;
  }
}

format::Verifier verifier_of(const JsonObject& document) {
  auto verifier = format::parse_verifier(document.at("verifier"), "verifier");
  DP_CHECK(verifier.has_value());
  return *std::move(verifier);
}

Result<Source> load_source(const Record& record, std::string_view opened_secrets) {
  try {
    auto source = read(record);
    if (!source) return source;
    auto secrets = source_secrets_from_text(opened_secrets);
    if (!secrets) return secrets.error();
    source->secrets = *std::move(secrets);
    source->version = record.version;
    return source;
  } catch (const std::exception& error) {
    return corrupt(record, error.what());
  }
}

}  // namespace deltapost::intake
