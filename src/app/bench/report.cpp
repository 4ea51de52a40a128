#include "app/bench/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace deltapost::app::bench {
namespace {

std::uint64_t extra_count(const Figures& figures, const std::string& name) {
  const Extra* extra = find_extra(figures, name);
  return extra == nullptr ? 0 : static_cast<std::uint64_t>(extra->value);
}

/// About three digits that matter.
std::string shown(double value) {
  if (!std::isfinite(value)) return "-";
  const double size = std::abs(value);
  return fmt::format("{:.{}f}", value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

std::string shown(const Figures& figures, const Percentiles& ms) {
  if (!figures.timed) return fmt::format("{:>6} {:>6} {:>6}", "-", "-", "-");
  return fmt::format("{:>6} {:>6} {:>6}", shown(ms.p50), shown(ms.p99), shown(ms.p999));
}

/// Four digits after the point: what is finer is noise.
double rounded(double value) {
  constexpr double kFine = 1e4;
  return std::isfinite(value) ? std::round(value * kFine) / kFine : 0;
}

void add_verdict(JsonObject& object, const Figures& figures) {
  object["lost"] = figures.verdict.lost + extra_count(figures, "floor_lost");
  object["reordered"] = figures.verdict.reordered + extra_count(figures, "floor_reordered");
  object["repeated"] = figures.verdict.repeated;
  object["unasked"] = figures.verdict.unasked;
  object["refused"] = figures.refused;
  object["failed"] = figures.failed;
}

JsonObject case_json(const CaseResult& result) {
  const Figures& figures = result.figures;
  JsonObject object;
  if (!result.failure.empty()) {
    object["failure"] = result.failure;
    add_verdict(object, figures);
    return object;
  }
  const auto put = [&](std::string_view name, double value) { object[name] = rounded(value); };
  object["changes"] = figures.changes;
  put("changes_per_s", figures.changes_per_s);
  put("accepted_per_s", figures.accepted_per_s);
  put("deliveries_per_s", figures.deliveries_per_s);
  const auto put_ms = [&](const std::string& prefix, const Percentiles& ms) {
    put(prefix + "p50_ms", ms.p50);
    put(prefix + "p99_ms", ms.p99);
    put(prefix + "p999_ms", ms.p999);
  };
  if (figures.timed) {
    put_ms("", figures.receipt_ms);
    put_ms("answer_", figures.answer_ms);
    put_ms("whole_", figures.whole_ms);
  }
  put("cpu_us_per_change", figures.cpu_us_per_change);
  put("cpu_us_per_delivery", figures.cpu_us_per_delivery);
  put("bytes_written_per_change", figures.bytes_written_per_change);
  put("bytes_kept_per_change", figures.bytes_kept_per_change);
  put("peak_memory_mib", figures.peak_memory_mib);
  for (const Extra& extra : figures.extras) put(extra.name, extra.value);
  add_verdict(object, figures);
  return object;
}

}  // namespace

std::string why_void(const Figures& figures) {
  const std::uint64_t floor_lost = extra_count(figures, "floor_lost"),
                      floor_reordered = extra_count(figures, "floor_reordered");
  if (figures.verdict.void_run())
    return fmt::format("{} deliveries were lost and {} came out of order", figures.verdict.lost,
                       figures.verdict.reordered);
  if (floor_lost + floor_reordered > 0)
    return fmt::format("the floor lost {} deliveries and reordered {}", floor_lost, floor_reordered);
  if (figures.failed > 0)
    return fmt::format(
        "{} requests were answered with neither an acknowledgement nor when to try again; the first: {}",
        figures.failed, figures.first_failed);
  if (figures.changes == 0) return "no change was acknowledged";
  return {};
}

std::string table_head() {
  return fmt::format(
      "changes/s    durable and delivered to every endpoint, from the first request to the last delivery\n"
      "accepted/s   durable, from the first request to the last answer; delivered/s: webhooks\n"
      "answer ms    from a request to its durable answer: median, p99, p99.9\n"
      "receipt ms   from that answer to the receipt at an endpoint: median, p99, p99.9\n"
      "whole ms     from the request to the receipt: median, p99, p99.9\n"
      "CPU µs       of the server alone, per change and per delivery\n"
      "bytes        written to the disk per change, and kept in the store per change\n"
      "MiB          the server's peak memory\n"
      "bad          deliveries repeated, requests refused, deliveries that nobody asked for; a case is void "
      "when\n"
      "             something was lost or came out of order\n\n"
      "{:<18} {:>9} {:>10} {:>11} {:>20} {:>20} {:>20} {:>14} {:>14} {:>5} {:>12}\n",
      "case", "changes/s", "accepted/s", "delivered/s", "answer ms", "receipt ms", "whole ms", "CPU µs",
      "bytes", "MiB", "bad");
}

std::string table_lines(const CaseResult& result) {
  const Figures& figures = result.figures;
  if (!result.failure.empty()) return fmt::format("{:<18} VOID: {}\n", result.name, result.failure);
  std::string text = fmt::format(
      "{:<18} {:>9} {:>10} {:>11} {} {} {} {:>7}{:>7} {:>7}{:>7} {:>5.0f} {:>4}{:>4}{:>4}\n", result.name,
      shown(figures.changes_per_s), shown(figures.accepted_per_s), shown(figures.deliveries_per_s),
      shown(figures, figures.answer_ms), shown(figures, figures.receipt_ms), shown(figures, figures.whole_ms),
      shown(figures.cpu_us_per_change), shown(figures.cpu_us_per_delivery),
      shown(figures.bytes_written_per_change), shown(figures.bytes_kept_per_change), figures.peak_memory_mib,
      figures.verdict.repeated, figures.refused, figures.verdict.unasked);
  for (const Extra& extra : figures.extras)
    if (extra.told) text += fmt::format("{:>28} {}\n", shown(extra.value), extra.meaning);
  return text;
}

JsonObject report_json(std::span<const CaseResult> results, const std::string& main_case) {
  JsonObject report, cases;
  for (const CaseResult& result : results) {
    JsonObject object = case_json(result);
    if (result.name == main_case) report = object;
    cases[result.name] = std::move(object);
  }
  report["cases"] = std::move(cases);
  return report;
}

}  // namespace deltapost::app::bench
