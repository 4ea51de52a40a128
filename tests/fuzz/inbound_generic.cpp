// Webhooks of anyone, with a mapping of anyone. Parts: mapping, body.
#include "base/check.hpp"
#include "fuzz/inbound_properties.hpp"
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {

void inbound_generic(std::string_view input) {
  constexpr auto kFormat = format::InboundFormat::generic;
  const auto [first, body] = parts_of<2>(input);
  const auto json = parse_json(first);
  if (!json) return;
  const auto mapping = format::parse_mapping(kFormat, *json, "mapping");
  if (!mapping) return DP_CHECK(mapping.error().field.starts_with("mapping"));
  const Json written = format::mapping_to_json(*mapping);
  const auto again = format::parse_mapping(kFormat, written, "mapping");
  DP_CHECK(again && same_json(format::mapping_to_json(*again), written));
  check_inbound({.format = kFormat, .mapping = *mapping, .body = body});
}

}  // namespace deltapost::fuzz
