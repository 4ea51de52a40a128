// Formats: how an event is written on the wire. A file each; adding one means adding a file and a row in
// format.cpp (docs/how-to/add-a-format.md). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/event.hpp"

namespace deltapost::format {

enum class Format { apten, iclosed, standard, cloudevents };

std::string_view to_string(Format format);
std::optional<Format> parse_format(std::string_view text);

/// Whether the format has a way to write events of this (canonical) type. apten: those of leads; iclosed:
/// those of contacts; standard and cloudevents: all.
bool can_express(Format format, std::string_view event_type);

struct RenderOptions {
  bool bare_object = false;   // iclosed: the contact itself instead of an array around it
  bool changes_only = false;  // standard, cloudevents: without data.record
};

struct Rendered {
  std::string content_type;  // "application/json", or "application/cloudevents+json"
  std::string body;
};

/// The body for one event of the view's change. Byte for byte the same for the same input. `first_sent_at` is
/// the timestamp of apten bodies (except leadTagged, which tells when it happened), the same on every retry.
/// The event must be one that the format can express.
Rendered render(Format format, const Event& event, const ChangeView& view, Time first_sent_at,
                const RenderOptions& options);

}  // namespace deltapost::format
