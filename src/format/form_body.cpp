// The three ways in which a form is sent, read into one object of texts.
#include <algorithm>

#include "base/encoding.hpp"
#include "format/inbound_parts.hpp"
#include "format/multipart.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

Error malformed(std::string_view what) {
  return {Fault::malformed, "the body is no application/x-www-form-urlencoded: " + std::string(what)};
}

/// A second value makes an array of both.
void add(JsonObject& form, const std::string& name, Json value) {
  const auto [member, is_new] = form.emplace(name, value);
  if (is_new) return;
  Json& held = member->value();
  if (!held.is_array()) held = JsonArray{held};
  held.get_array().push_back(std::move(value));
}

Result<Json> read_urlencoded(std::string_view body) {
  JsonObject form;
  for (std::size_t count = 0; !body.empty();) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    if (pair.empty()) continue;
    if (++count > kMaxFormFields) return Error{Fault::too_large, "the form has more than 200 fields"};
    const std::string_view name = pair.substr(0, pair.find('='));
    const auto key = from_form(name);
    const auto value = from_form(pair.substr(std::min(pair.size(), name.size() + 1)));
    if (!key || !value) return malformed("a % needs two hexadecimal digits, and the text must be UTF-8");
    if (key->empty() || key->size() > kMaxFormNameBytes) {
      return malformed("a field's name must be 1 to 256 bytes long");
    }
    add(form, *key, Json(*value));
  }
  return Json(std::move(form));
}

Result<Json> read_multipart(std::string_view body, std::string_view boundary) {
  const auto parts = parse_multipart(body, boundary);
  if (!parts) return parts.error();
  JsonObject form;
  for (const FormPart& part : *parts) add(form, part.name, part.file ? Json(nullptr) : Json(part.content));
  return Json(std::move(form));
}

Result<Json> read_json(const InboundRequest& request, const InboundLimits& limits) {
  auto body = parse_json(request.body, {.max_bytes = limits.max_bytes});
  if (body && body->is_object() && body->get_object().size() > kMaxFormFields) {
    return Error{Fault::too_large, "the form has more than 200 fields"};
  }
  return body;
}

}  // namespace

Result<Json> read_form_body(const InboundRequest& request, const InboundLimits& limits) {
  const auto header = request.header ? request.header("content-type") : std::nullopt;
  const auto type = parse_parametric(header ? *header : std::string_view());
  if (!type) return type.error();
  const std::string_view charset = type->parameter("charset");
  const bool utf8 = charset.empty() || charset == "utf-8" || charset == "UTF-8";
  if (!utf8) {
    return Error{Fault::malformed,
                 "the body has the charset " + fields::shown(Json(charset)) + "; send it as utf-8"};
  }
  if (type->value == "application/x-www-form-urlencoded") return read_urlencoded(request.body);
  if (type->value == "multipart/form-data") return read_multipart(request.body, type->parameter("boundary"));
  if (type->value == "application/json") return read_json(request, limits);
  return Error{Fault::invalid,
               "the Content-Type must be application/x-www-form-urlencoded, multipart/form-data or "
               "application/json, not " +
                   fields::shown(Json(type->value))};
}

}  // namespace deltapost::format
