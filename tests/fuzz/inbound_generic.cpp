// Webhooks of anyone, with a mapping of anyone. Parts: mapping, body.
#include "fuzz/inbound_properties.hpp"
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {

void inbound_generic(std::string_view input) {
  constexpr auto kFormat = format::InboundFormat::generic;
  const auto [text, body] = parts_of<2>(input);
  const auto mapping = mapping_of(kFormat, text);
  if (!mapping) return;
  check_inbound({.format = kFormat, .mapping = *mapping, .body = body});
}

}  // namespace deltapost::fuzz
