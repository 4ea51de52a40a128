#include "app/bench/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace deltapost::app::bench {
namespace {

constexpr double kWidth = 960, kHeight = 420, kTop = 60, kBottom = 350;
constexpr double kBarsLeft = 80, kBarsRight = 420, kCurvesLeft = 540, kCurvesRight = 930;
constexpr std::string_view kOurs = "#2563eb", kFloors = "#cbd5e1", kInk = "#1f2937", kGrid = "#e5e7eb";
constexpr std::array<std::string_view, 4> kColours{"#2563eb", "#ea580c", "#16a34a", "#9333ea"};

std::string text(double x, double y, std::string_view words, std::string_view anchor = "middle",
                 int size = 12) {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="{}" fill="{}">{}</text>)"
                     "\n",
                     x, y, anchor, size, kInk, words);
}

std::string line(double x1, double y1, double x2, double y2) {
  return fmt::format(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}"/>)"
                     "\n",
                     x1, y1, x2, y2, kGrid);
}

std::string box(double x, double y, double width, double height, std::string_view colour) {
  return fmt::format(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>)"
                     "\n",
                     x, y, width, height, colour);
}

/// 1, 2 or 5 times a power of ten, so that about four steps reach the value.
double step_for(double value) {
  const double raw = std::max(value, 1.0) / 4, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power) return factor * power;
  return 10 * power;
}

std::string bars(const std::vector<const CaseResult*>& cases) {
  double most = 1;
  for (const CaseResult* result : cases)
    most = std::max(
        {most, result->figures.changes_per_s, find_extra(result->figures, "floor_changes_per_s")->value});
  const double step = step_for(most), top = std::ceil(most / step) * step;
  const auto height = [&](double value) { return value / top * (kBottom - kTop); };
  std::string out =
      text((kBarsLeft + kBarsRight) / 2, 30, "Changes per second, durable and delivered", "middle", 15);
  for (double value = 0; value <= top; value += step) {
    out += line(kBarsLeft, kBottom - height(value), kBarsRight, kBottom - height(value));
    out += text(kBarsLeft - 8, kBottom - height(value) + 4, fmt::format("{:.0f}", value), "end");
  }
  const double slot = (kBarsRight - kBarsLeft) / static_cast<double>(std::max<std::size_t>(cases.size(), 1));
  const double width = std::min(slot / 3, 60.0);
  double middle = kBarsLeft + slot / 2;
  for (const CaseResult* result : cases) {
    const double ours = result->figures.changes_per_s,
                 floors = find_extra(result->figures, "floor_changes_per_s")->value;
    out += box(middle - width, kBottom - height(ours), width, height(ours), kOurs);
    out += box(middle, kBottom - height(floors), width, height(floors), kFloors);
    out += text(middle - width / 2, kBottom - height(ours) - 5, fmt::format("{:.0f}", ours));
    out += text(middle + width / 2, kBottom - height(floors) - 5, fmt::format("{:.0f}", floors));
    out += text(middle, kBottom + 20,
                fmt::format("{}: {:.0f} % of the floor", result->name, ours / floors * 100));
    middle += slot;
  }
  out += box(kBarsLeft, 385, 12, 12, kOurs) + text(kBarsLeft + 18, 395, "Deltapost", "start");
  out += box(kBarsLeft + 110, 385, 12, 12, kFloors) +
         text(kBarsLeft + 128, 395, "floor: the cheapest program that does the same I/O", "start");
  return out;
}

/// From 0 % to 99.99 %, each nine as wide as the one before it.
double curve_x(double share) {
  constexpr double kNines = 4;
  return kCurvesLeft +
         (kCurvesRight - kCurvesLeft) * std::min(-std::log10(std::max(1 - share, 1e-9)) / kNines, 1.0);
}

struct LogScale {
  double low, high;  // powers of ten
  double y(double ms) const {
    const double at = (std::log10(std::max(ms, std::pow(10, low))) - low) / (high - low);
    return kBottom - at * (kBottom - kTop);
  }
};

LogScale scale_of(const std::vector<const CaseResult*>& cases) {
  double least = 1, most = 10;
  for (const CaseResult* result : cases)
    for (const auto& [share, ms] : result->figures.curve) {
      least = std::min(least, std::max(ms, 0.01));
      most = std::max(most, ms);
    }
  return {std::floor(std::log10(least)), std::ceil(std::log10(most))};
}

std::string curves(const std::vector<const CaseResult*>& cases) {
  const LogScale scale = scale_of(cases);
  std::string out = text((kCurvesLeft + kCurvesRight) / 2, 30,
                         "From the answer to the receipt, at full load (ms)", "middle", 15);
  for (double power = scale.low; power <= scale.high; ++power) {
    const double ms = std::pow(10, power);
    out += line(kCurvesLeft, scale.y(ms), kCurvesRight, scale.y(ms));
    out += text(kCurvesLeft - 8, scale.y(ms) + 4, fmt::format("{:g} ms", ms), "end");
  }
  for (const double share : {0.0, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    out += line(curve_x(share), kTop, curve_x(share), kBottom);
    out += text(curve_x(share), kBottom + 18, fmt::format("{:g}", share * 100), "middle", 11);
  }
  out += text((kCurvesLeft + kCurvesRight) / 2, kBottom + 40, "per cent of deliveries that took no longer");
  double legend = kCurvesLeft;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string_view colour = kColours[i % kColours.size()];
    std::string points;
    for (const auto& [share, ms] : cases[i]->figures.curve)
      points += fmt::format("{:.1f},{:.1f} ", curve_x(share), scale.y(ms));
    out += fmt::format(R"(<polyline fill="none" stroke="{}" stroke-width="2" points="{}"/>)"
                       "\n",
                       colour, points);
    out += box(legend, 402, 12, 4, colour) + text(legend + 18, 409, cases[i]->name, "start");
    legend += 100;
  }
  return out;
}

}  // namespace

std::string picture(std::span<const CaseResult> results) {
  std::vector<const CaseResult*> cases;
  for (const CaseResult& result : results)
    if (result.failure.empty() && find_extra(result.figures, "floor_changes_per_s") != nullptr)
      cases.push_back(&result);
  std::string out =
      fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" )"
                  R"(font-family="system-ui, sans-serif">)"
                  "\n",
                  kWidth, kHeight);
  out += box(0, 0, kWidth, kHeight, "#ffffff");
  out += bars(cases) + curves(cases);
  return out + "</svg>\n";
}

}  // namespace deltapost::app::bench
