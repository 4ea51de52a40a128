// Forms in their three encodings. Parts: Content-Type, mapping, body.
#include "fuzz/inbound_properties.hpp"
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {

void inbound_form(std::string_view input) {
  constexpr auto kFormat = format::InboundFormat::form;
  const auto [content_type, text, body] = parts_of<3>(input);
  const auto mapping = mapping_of(kFormat, text);
  if (!mapping) return;
  check_inbound({.format = kFormat, .mapping = *mapping, .content_type = content_type, .body = body});
}

}  // namespace deltapost::fuzz
