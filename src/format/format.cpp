#include "format/format.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "format/formats.hpp"

namespace deltapost::format {
namespace {

struct FormatRow {
  Format format;
  std::string_view name;
  std::string_view content_type;
  bool (*expresses)(std::string_view event_type);
  std::string (*body)(const Rendering& rendering);
};

constexpr std::array kFormats{
    FormatRow{Format::apten, "apten", "application/json", apten::expresses, apten::body},
    FormatRow{Format::iclosed, "iclosed", "application/json", iclosed::expresses, iclosed::body},
    FormatRow{Format::standard, "standard", "application/json", standard::expresses, standard::body},
    FormatRow{Format::cloudevents, "cloudevents", "application/cloudevents+json", cloudevents::expresses,
              cloudevents::body},
};

const FormatRow& row_of(Format format) {
  const auto row = std::ranges::find(kFormats, format, &FormatRow::format);
  DP_CHECK(row != kFormats.end());
  return *row;
}

}  // namespace

std::string_view to_string(Format format) {
  return row_of(format).name;
}

std::optional<Format> parse_format(std::string_view text) {
  const auto row = std::ranges::find(kFormats, text, &FormatRow::name);
  if (row == kFormats.end()) return std::nullopt;
  return row->format;
}

bool can_express(Format format, std::string_view event_type) {
  return row_of(format).expresses(event_type);
}

Rendered render(Format format, const Event& event, const ChangeView& view, Time first_sent_at,
                const RenderOptions& options) {
  const FormatRow& row = row_of(format);
  DP_CHECK(row.expresses(event.type));
  return {std::string(row.content_type), row.body({event, view, first_sent_at, options})};
}

}  // namespace deltapost::format
