// What holds for every webhook of someone else, whatever its format.
#pragma once

#include <optional>
#include <string_view>

#include "format/inbound.hpp"

namespace deltapost::fuzz {

struct InboundInput {
  format::InboundFormat format;
  format::Mapping mapping{};
  std::string_view content_type{};
  std::string_view body;
};

/// The mapping that the text is, which is read as it is written; nullopt: it is none.
std::optional<format::Mapping> mapping_of(format::InboundFormat format, std::string_view text);

/// Reading it twice says the same; every statement is sound; an item alone says what it says among others.
void check_inbound(const InboundInput& input);

}  // namespace deltapost::fuzz
