#include "format/inbound_parts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/encoding.hpp"
#include "record/contact.hpp"
#include "record/fields.hpp"
#include "record/lead.hpp"

namespace deltapost::format {
namespace {

constexpr std::size_t kMaxLeadId = 64;
constexpr double kFirstInMillis = 1e11;          // Unix seconds of the year 5138, milliseconds of 1973
constexpr double kLastMillis = 253402300799999;  // the end of the year 9999

constexpr std::array<std::string_view, 19> kLeadMembers{
    "firstName",        "lastName",       "phone",   "email",      "timeZone",
    "customerProfile",  "additionalInfo", "tags",    "hasReplied", "isHot",
    "isQualified",      "isUnsubscribed", "isAiOn",  "summary",    "externalLeadId",
    "close_crm_leadId", "createdAt",      "deleted", "deletedAt"};

constexpr std::array<std::string_view, 21> kContactMembers{
    "userId",     "accountId",   "firstName",       "lastName",
    "email",      "phoneNumber", "secondary_email", "secondary_phoneNumber",
    "status",     "createdAt",   "previewId",       "timeZone",
    "joinedTime", "country",     "ipAddress",       "questionsAndAnswers",
    "event",      "tracking",    "latestCall",      "disqualifyingGroup",
    "deletedAt"};

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<double> number_in(const Json& value) {
  if (value.is_number()) return value.to_number<double>();
  if (!value.is_string() || !is_digits(value.get_string())) return std::nullopt;
  const std::string_view text = value.get_string();
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

const Json* present(const JsonObject& object, std::string_view name) {
  const Json* value = object.if_contains(name);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

Result<std::string> required_text(const JsonObject& object, std::string_view name, std::string_view field) {
  const Json* value = object.if_contains(name);
  if (value == nullptr) return fields::invalid(field, "is required, a string that is not empty");
  if (value->is_string() && !value->get_string().empty()) return std::string(value->get_string());
  return fields::invalid(field, "must be a string that is not empty, not " + fields::shown(*value));
}

Result<std::string> read_lead_id(const Json& value, std::string_view field, bool numbers) {
  std::string id;
  if (value.is_string()) id = value.get_string();
  if (numbers && (value.is_int64() || value.is_uint64())) id = to_text(value);
  const bool sound = !id.empty() && id.size() <= kMaxLeadId && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("_.:-").find(c) != std::string_view::npos;
  });
  // Dots alone are no segment of a URL, so such a lead could not be reached.
  if (sound && id != "." && id != "..") return id;
  return fields::invalid(field, std::string("must be an id, a string ") +
                                    (numbers ? "or whole number " : "") +
                                    "of 1 to 64 letters, digits, _, ., : and -, not " + fields::shown(value));
}

Result<std::string> read_contact_id(const Json& value, std::string_view field, bool digits) {
  constexpr std::size_t kMostDigits = 16;
  std::uint64_t id = 0;
  if (value.is_uint64()) id = value.get_uint64();
  if (value.is_int64() && value.get_int64() > 0) id = static_cast<std::uint64_t>(value.get_int64());
  if (digits && value.is_string() && is_digits(value.get_string()) &&
      value.get_string().size() <= kMostDigits) {
    const std::string_view text = value.get_string();
    std::from_chars(text.data(), text.data() + text.size(), id);
  }
  if (id > 0 && id <= contact::kMaxId) return contact_key_id(id);
  return fields::invalid(field,
                         "must be a whole number from 1 to 9007199254740991, not " + fields::shown(value));
}

Result<std::string> read_phone(const Json& value, std::string_view field) {
  if (!value.is_string()) {
    return fields::invalid(field, "must be a string such as \"+15555555555\", not " + fields::shown(value));
  }
  auto phone = lead::normalise_phone(value.get_string());
  if (phone) return phone;
  return fields::invalid(field, fields::shown(value) +
                                    " is no international phone number; it begins with + and the country "
                                    "code, such as +15555555555");
}

Result<Time> read_time(const Json& value, std::string_view field) {
  auto time = value.is_string() ? parse_iso(value.get_string()) : Error{};
  if (time) return time;
  return fields::invalid(field, "must be a date-time such as \"2025-05-09T15:28:40.783Z\" (RFC 3339), not " +
                                    fields::shown(value));
}

Result<void> state_time(Statement& statement, const Json& told, std::string_view field) {
  auto time = read_time(told, field);
  if (!time) return time.error();
  statement.time = *time;
  statement.whole_second = std::string_view(told.get_string()).find('.') == std::string_view::npos;
  return ok();
}

Result<void> state_any_time(Statement& statement, const Json& told, std::string_view field) {
  if (const auto number = number_in(told)) {
    const bool in_seconds = *number < kFirstInMillis;
    const double millis = in_seconds ? *number * 1000 : *number;
    if (millis >= 0 && millis <= kLastMillis) {
      statement.time = Time{Millis{static_cast<long long>(std::floor(millis))}};
      statement.whole_second = in_seconds && !told.is_double();
      return ok();
    }
  } else if (state_time(statement, told, field)) {
    return ok();
  }
  return fields::invalid(
      field,
      "must be a date-time such as \"2025-05-09T15:28:40.783Z\" (RFC 3339) or Unix time in "
      "seconds or milliseconds, not " +
          fields::shown(told));
}

Result<std::string> scalar_text(const Json& value, std::string_view field) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_number() || value.is_bool()) return to_text(value);
  return fields::invalid(field, "must be a string, number or boolean, not " +
                                    std::string(fields::type_name(value)) + "; point to each part of it");
}

void ignore(Statement& statement, std::string name) {
  if (statement.ignored.size() < kMaxIgnored) statement.ignored.push_back(std::move(name));
}

bool is_container(Kind kind, std::string_view name) {
  return kind == Kind::lead ? name == kAdditionalInfo : name == kTracking || name == kAnswers;
}

std::span<const std::string_view> stated_members(Kind kind) {
  if (kind == Kind::lead) return kLeadMembers;
  return kContactMembers;
}

FieldPath path_of(std::string_view name, std::string_view below) {
  FieldPath path;
  path.reserve(2);
  path.emplace_back(name);
  path.emplace_back(below);
  return path;
}

Result<void> state_member(std::vector<StatedField>& fields, Kind kind, std::string_view name,
                          const Json& value, std::string_view field) {
  if (value.is_null() || !is_container(kind, name)) {
    fields.push_back({.path = FieldPath(1, std::string(name)), .value = value});
    return ok();
  }
  const JsonObject* object = value.if_object();
  if (object == nullptr) {
    return fields::invalid(field, "must be an object or null, not " + std::string(fields::type_name(value)));
  }
  if (name == kAnswers) {
    auto answers = read_answers(*object, field);
    if (!answers) return answers.error();
    fields.reserve(fields.size() + answers->size());
    for (Answer& answer : *answers) {
      fields.push_back(
          {.path = path_of(name, answer.label), .value = std::move(answer.value), .number = answer.number});
    }
    return ok();
  }
  for (const auto& member : *object) {
    if (member.value().is_structured()) {
      return fields::invalid(
          std::string(field) + "." + dotted({std::string(member.key())}),
          "must not be " + std::string(fields::type_name(member.value())) + "; its members are texts");
    }
    fields.push_back({.path = path_of(name, member.key()), .value = member.value()});
  }
  return ok();
}

}  // namespace deltapost::format
