#include "format/inbound.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "format/inbound_parts.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

struct FormatRow {
  InboundFormat format;
  std::string_view name;
  ItemReader read;
  bool arrays = false;  // an array holds items, and does not stand for one itself
};

constexpr std::array kFormats{
    FormatRow{InboundFormat::apten, "apten", read_apten},
    FormatRow{InboundFormat::iclosed, "iclosed", read_iclosed, true},
    FormatRow{InboundFormat::standard, "standard", read_standard},
    FormatRow{InboundFormat::generic, "generic", read_generic, true},
    FormatRow{InboundFormat::form, "form", read_form},
};

const FormatRow& row_of(InboundFormat format) {
  const auto row = std::ranges::find(kFormats, format, &FormatRow::format);
  DP_CHECK(row != kFormats.end());
  return *row;
}

constexpr std::size_t kCanonicalReserve = 1024;  // most items fit

Error unusable(std::string message, Fault fault = Fault::invalid) {
  return {fault, std::move(message)};
}

Result<void> check_request(const InboundRequest& request, const InboundLimits& limits) {
  const auto encoding = request.header ? request.header("content-encoding") : std::nullopt;
  if (encoding && !encoding->empty() && *encoding != "identity") {
    return unusable("the body has the Content-Encoding " + fields::shown(Json(*encoding)) +
                    "; send it plain, without compression");
  }
  if (request.body.size() > limits.max_bytes) {
    return unusable("the body has " + std::to_string(request.body.size()) + " bytes; at most " +
                        std::to_string(limits.max_bytes) + " are allowed",
                    Fault::too_large);
  }
  if (request.body.empty()) return unusable("the body is empty", Fault::malformed);
  return ok();
}

Result<Json> read_body(const FormatRow& row, const InboundRequest& request, const InboundLimits& limits) {
  if (row.format == InboundFormat::form) return read_form_body(request, limits);
  return parse_json(request.body, {.max_bytes = limits.max_bytes});
}

/// What the items lie in: the body, or what mapping.items points to.
Result<Json*> items_in(const FormatRow& row, const Mapping& mapping, Json& body) {
  if (row.format != InboundFormat::generic || mapping.items.empty()) return &body;
  boost::json::error_code error;
  Json* items = body.find_pointer(mapping.items, error);
  if (items != nullptr) return items;
  return fields::invalid("items", "is missing: the body has nothing at " + mapping.items);
}

/// Takes them out of where they lie.
Result<std::vector<Json>> split(const FormatRow& row, Json& items, const InboundLimits& limits) {
  std::vector<Json> split_items;
  if (items.is_object()) {
    split_items.push_back(std::move(items));
    return split_items;
  }
  JsonArray* array = row.arrays ? items.if_array() : nullptr;
  if (array == nullptr) {
    return unusable(std::string("the body must be ") +
                    (row.arrays ? "an object or an array of them" : "an object") + ", not " +
                    std::string(fields::type_name(items)));
  }
  if (array->empty()) return unusable("the body is an array without any item");
  if (array->size() > limits.max_items) {
    return unusable("the body holds " + std::to_string(array->size()) + " items; at most " +
                        std::to_string(limits.max_items) + " are allowed",
                    Fault::too_large);
  }
  split_items.assign(std::move_iterator(array->begin()), std::move_iterator(array->end()));
  return split_items;
}

void append_canonical(std::string& out, const Json& value);

void append_canonical(std::string& out, const JsonObject& object, std::string_view without) {
  std::vector<const JsonObject::value_type*> members;
  members.reserve(object.size());
  for (const auto& member : object) members.push_back(&member);
  std::ranges::sort(members, {}, [](const auto* member) -> std::string_view { return member->key(); });
  out += '{';
  for (const auto* member : members) {
    if (!without.empty() && member->key() == without) continue;
    if (out.back() != '{') out += ',';
    append_quoted(out, member->key());
    out += ':';
    append_canonical(out, member->value());
  }
  out += '}';
}

void append_canonical(std::string& out, const Json& value) {
  if (const JsonObject* object = value.if_object()) return append_canonical(out, *object, {});
  const JsonArray* array = value.if_array();
  if (array == nullptr) return append_text(out, value);
  out += '[';
  for (const Json& element : *array) {
    if (&element != array->data()) out += ',';
    append_canonical(out, element);
  }
  out += ']';
}

}  // namespace

std::string_view to_string(InboundFormat format) {
  return row_of(format).name;
}

std::optional<InboundFormat> parse_inbound_format(std::string_view text) {
  const auto row = std::ranges::find(kFormats, text, &FormatRow::name);
  if (row == kFormats.end()) return std::nullopt;
  return row->format;
}

Result<std::vector<Item>> parse_inbound(InboundFormat format, const Mapping& mapping,
                                        const InboundRequest& request, const InboundLimits& limits) {
  const FormatRow& row = row_of(format);
  if (auto sound = check_request(request, limits); !sound) return sound.error();
  auto body = read_body(row, request, limits);
  if (!body) return body.error();
  const auto place = items_in(row, mapping, *body);
  if (!place) return place.error();
  auto split_items = split(row, **place, limits);
  if (!split_items) return split_items.error();
  std::vector<Item> items;
  items.reserve(split_items->size());
  for (Json& raw : *split_items) {
    auto statement = raw.is_object() ? row.read(raw, mapping, request)
                                     : Result<Statement>(unusable("an item must be an object, not " +
                                                                  std::string(fields::type_name(raw))));
    items.push_back({std::move(raw), std::move(statement)});
  }
  return items;
}

std::string canonical_text(const Json& value) {
  std::string text;
  text.reserve(kCanonicalReserve);
  append_canonical(text, value);
  return text;
}

std::string canonical_text(const JsonObject& object, std::string_view without) {
  std::string text;
  text.reserve(kCanonicalReserve);
  append_canonical(text, object, without);
  return text;
}

}  // namespace deltapost::format
