// Webhooks in the format apten, as they come.
#include "fuzz/inbound_properties.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {

void inbound_apten(std::string_view input) {
  check_inbound({.format = format::InboundFormat::apten, .body = input});
}

}  // namespace deltapost::fuzz
