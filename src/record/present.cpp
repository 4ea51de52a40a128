#include "record/present.hpp"

#include <string_view>

namespace deltapost {

namespace {

/// The field behind which updatedAt is told.
std::string_view before_updated_at(Kind kind) {
  return kind == Kind::contact ? "ipAddress" : "createdAt";
}

}  // namespace

void write_presented(JsonWriter& out, Kind kind, const JsonObject& document, Time updated_at,
                     Version version) {
  const std::string_view before = before_updated_at(kind);
  bool told = false;
  const auto tell_updated_at = [&] {
    out.key("updatedAt").string(iso_millis(updated_at));
    told = true;
  };
  out.open_object();
  for (const auto& member : document) {
    out.key(member.key()).value(member.value());
    if (member.key() == before) tell_updated_at();
  }
  if (!told) tell_updated_at();
  out.key("version").number(std::to_string(version));
  out.close_object();
}

void write_presented(JsonWriter& out, const DocumentText& document, Time updated_at, Version version) {
  const std::string_view text = document.text;
  const std::string_view before = text.substr(0, document.updated_at);
  const std::string_view after = text.substr(before.size(), text.size() - 1 - before.size());
  out.text(before);
  out.key("updatedAt").string(iso_millis(updated_at));
  out.more(after);
  out.key("version").number(std::to_string(version));
  out.more("}");
}

DocumentText document_text(Kind kind, const JsonObject& document) {
  // Texts of a thread are about as long as one another, so that it need not grow each time.
  thread_local std::string text;
  const std::string_view before = before_updated_at(kind);
  std::size_t place = 0;
  text = '{';
  for (const auto& member : document) {
    if (text.size() > 1) text += ',';
    append_quoted(text, member.key());
    text += ':';
    append_text(text, member.value());
    if (member.key() == before) place = text.size();
  }
  if (place == 0) place = text.size();
  text += '}';
  return {text, place};
}

}  // namespace deltapost
