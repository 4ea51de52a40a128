#include "fuzz/inbound_properties.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "net/text.hpp"
#include "record/lead.hpp"

namespace deltapost::fuzz {
namespace {

using format::Item;
using format::StatedField;
using format::Statement;

constexpr format::InboundLimits kLimits{.max_items = 20, .max_bytes = 64 * 1024};
constexpr Time kReceived{Millis{1'780'000'000'000}};

Result<std::vector<Item>> read(const InboundInput& input, std::string_view body) {
  const auto header = [&](std::string_view name) -> std::optional<std::string_view> {
    if (net::equal_ignoring_case(name, "content-type") && !input.content_type.empty())
      return input.content_type;
    return std::nullopt;
  };
  return format::parse_inbound(input.format, input.mapping,
                               {.body = body, .header = header, .received_at = kReceived}, kLimits);
}

void check_field(const StatedField& field) {
  DP_CHECK(!field.path.empty());
  const auto path = parse_dotted(dotted(field.path));
  DP_CHECK(path && *path == field.path);
  DP_CHECK(field.has_old || !field.old);
}

void check_statement(const Statement& statement) {
  DP_CHECK(statement.subject || statement.nature == Statement::Nature::note);
  if (statement.subject) {
    const auto& subject = *statement.subject;
    DP_CHECK(!subject.id.empty() || !subject.phone.empty() || !subject.email.empty());
    if (!subject.phone.empty()) DP_CHECK(*lead::normalise_phone(subject.phone) == subject.phone);
  }
  if (statement.nature == Statement::Nature::note) DP_CHECK(statement.fields.empty());
  const auto content = parse_json(statement.content, {.max_bytes = statement.content.size()});
  DP_CHECK(content && format::canonical_text(*content) == statement.content);
  std::ranges::for_each(statement.fields, check_field);
  std::ranges::for_each(statement.base, check_field);
}

bool same_value(const std::optional<Json>& a, const std::optional<Json>& b) {
  return a.has_value() == b.has_value() && (!a || same_json(*a, *b));
}

bool same_field(const StatedField& a, const StatedField& b) {
  return a.path == b.path && same_value(a.value, b.value) && a.has_old == b.has_old &&
         same_value(a.old, b.old) && a.number == b.number && a.partial == b.partial;
}

bool same_item(const Item& a, const Item& b) {
  if (a.statement.has_value() != b.statement.has_value()) return false;
  if (!a.statement) return a.statement.error().message == b.statement.error().message;
  const Statement& x = *a.statement;
  const Statement& y = *b.statement;
  return x.nature == y.nature && x.event == y.event && x.event_id == y.event_id && x.time == y.time &&
         x.content == y.content && x.ignored == y.ignored &&
         std::ranges::equal(x.fields, y.fields, same_field) && std::ranges::equal(x.base, y.base, same_field);
}

}  // namespace

std::optional<format::Mapping> mapping_of(format::InboundFormat format, std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return std::nullopt;
  const auto mapping = format::parse_mapping(format, *json, "mapping");
  if (!mapping) {
    DP_CHECK(mapping.error().field.starts_with("mapping"));
    return std::nullopt;
  }
  const Json written = format::mapping_to_json(*mapping);
  const auto again = format::parse_mapping(format, written, "mapping");
  DP_CHECK(again && same_json(format::mapping_to_json(*again), written));
  return *mapping;
}

void check_inbound(const InboundInput& input) {
  const auto items = read(input, input.body);
  if (!items) return DP_CHECK(!items.error().message.empty());
  DP_CHECK(!items->empty() && items->size() <= kLimits.max_items);
  const auto twice = read(input, input.body);
  DP_CHECK(twice && std::ranges::equal(*items, *twice, same_item));
  for (const Item& item : *items) {
    if (item.statement) check_statement(*item.statement);
    const bool stands_alone = input.format != format::InboundFormat::form && input.mapping.items.empty();
    if (!stands_alone || !item.raw.is_object()) continue;
    const std::string text = to_text(item.raw);
    if (text.size() > kLimits.max_bytes) continue;
    const auto alone = read(input, text);
    DP_CHECK(alone && alone->size() == 1 && same_item(alone->front(), item));
  }
}

}  // namespace deltapost::fuzz
