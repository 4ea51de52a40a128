#include "torture/arrivals.hpp"

#include <fmt/format.h>

#include <sstream>

namespace deltapost::torture {

std::string to_line(const Arrival& arrival) {
  return fmt::format("{} {} {} {} {} {} {} .\n", arrival.at_ns, arrival.event_id, arrival.type,
                     arrival.version, arrival.attempt, arrival.said, arrival.signed_ ? "signed" : "unsigned");
}

std::vector<Arrival> read_arrivals(const std::string& text) {
  std::vector<Arrival> arrivals;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Arrival arrival;
    std::string trust, end;
    words >> arrival.at_ns >> arrival.event_id >> arrival.type >> arrival.version >> arrival.attempt >>
        arrival.said >> trust >> end;
    arrival.signed_ = trust == "signed";
    if (end == ".") arrivals.push_back(std::move(arrival));
  }
  return arrivals;
}

}  // namespace deltapost::torture
