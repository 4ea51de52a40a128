// Webhooks in the format standard, as they come.
#include "fuzz/inbound_properties.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {

void inbound_standard(std::string_view input) {
  check_inbound({.format = format::InboundFormat::standard, .body = input});
}

}  // namespace deltapost::fuzz
