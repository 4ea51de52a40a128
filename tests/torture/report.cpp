#include "torture/report.hpp"

#include <fmt/format.h>

namespace deltapost::torture {

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; text.insert(at, ",")) at -= 3;
  return text;
}

std::string text(const Report& report) {
  std::string text;
  for (const std::string& what : report.findings.told()) text += "  " + what + "\n";
  const BlowCounts& blows = report.blows;
  const auto broken = [&](Broken promise) { return grouped(report.findings.count(promise)); };
  if (report.unanswered == 0) text += "  no blow met a request that was under way: give it more time\n";
  constexpr std::int64_t kNsPerMs = 1'000'000;
  text += fmt::format("{} tries got no answer; {} kills fell into a start\n", grouped(report.unanswered),
                      grouped(blows.in_recovery));
  text += fmt::format("what a killed server repeated was up to {} webhooks and {} ms old\n",
                      grouped(report.furthest), report.furthest_ns / kNsPerMs);
  text += fmt::format("torture: {} kills, {} receiver kills, {} stops, ", grouped(blows.server_kills),
                      grouped(blows.receiver_kills), grouped(blows.stops));
  text +=
      fmt::format("{} writes acknowledged, {} receipts, {} webhooks, {} repeated, ", grouped(report.writes),
                  grouped(report.receipts), grouped(report.webhooks), grouped(report.repeated));
  text += fmt::format("{} lost, {} reordered, {} repeated without cause, {} wrong, verify {}\n",
                      broken(Broken::lost), broken(Broken::reordered), broken(Broken::repeated),
                      broken(Broken::wrong), report.verified.empty() ? "FAILED" : "clean");
  return text;
}

}  // namespace deltapost::torture
