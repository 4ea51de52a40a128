// Webhooks in the format iclosed, as they come.
#include "fuzz/inbound_properties.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {

void inbound_iclosed(std::string_view input) {
  check_inbound({.format = format::InboundFormat::iclosed, .body = input});
}

}  // namespace deltapost::fuzz
