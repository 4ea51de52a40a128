// What holds for every webhook of someone else, whatever its format.
#pragma once

#include <string_view>

#include "format/inbound.hpp"

namespace deltapost::fuzz {

struct InboundInput {
  format::InboundFormat format;
  format::Mapping mapping{};
  std::string_view content_type{};
  std::string_view body;
};

/// Reading it twice says the same; every statement is sound; an item alone says what it says among others.
void check_inbound(const InboundInput& input);

}  // namespace deltapost::fuzz
