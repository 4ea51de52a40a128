#include "record/present.hpp"

#include <string_view>

namespace deltapost {

void write_presented(JsonWriter& out, Kind kind, const JsonObject& document, Time updated_at,
                     Version version) {
  const std::string_view before_updated_at = kind == Kind::contact ? "ipAddress" : "createdAt";
  bool told = false;
  const auto tell_updated_at = [&] {
    out.key("updatedAt").string(iso_millis(updated_at));
    told = true;
  };
  out.open_object();
  for (const auto& member : document) {
    out.key(member.key()).value(member.value());
    if (member.key() == before_updated_at) tell_updated_at();
  }
  if (!told) tell_updated_at();
  out.key("version").number(std::to_string(version));
  out.close_object();
}

}  // namespace deltapost
