// Arrivals: what a receiver got, written to its file before it answers. What it acknowledged can so be known
// whatever becomes of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "record/record.hpp"

namespace deltapost::torture {

struct Arrival {
  std::int64_t at_ns = 0;  // of the machine's steady clock
  std::string event_id, type;
  Version version = 0;
  std::uint32_t attempt = 0;
  std::string said;     // said.hpp
  bool signed_ = true;  // each signature that it carried was right
};

/// One line, its end included.
std::string to_line(const Arrival& arrival);
/// In their order. What a killed receiver wrote by half is left out: it has not answered it.
std::vector<Arrival> read_arrivals(const std::string& text);

}  // namespace deltapost::torture
