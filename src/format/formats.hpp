// What each format's file offers to format.cpp, and the pieces that several of them share. Private to the
// room.
#pragma once

#include <string>
#include <string_view>

#include "format/format.hpp"
#include "record/json_writer.hpp"

namespace deltapost::format {

/// What a format writes from.
struct Rendering {
  const Event& event;
  const ChangeView& view;
  Time first_sent_at;
  const RenderOptions& options;
};

/// Room for a usual body, so that the text seldom moves while it grows.
inline constexpr std::size_t kUsualBodySize = 2048;

namespace apten {
bool expresses(std::string_view event_type);
std::string body(const Rendering& rendering);
}  // namespace apten

namespace iclosed {
bool expresses(std::string_view event_type);
std::string body(const Rendering& rendering);
}  // namespace iclosed

namespace standard {
bool expresses(std::string_view event_type);
std::string body(const Rendering& rendering);
/// The object with what happened, as the next value.
void write_data(JsonWriter& out, const ChangeView& view, const RenderOptions& options);
}  // namespace standard

namespace cloudevents {
bool expresses(std::string_view event_type);
std::string body(const Rendering& rendering);
}  // namespace cloudevents

/// The record as answers show it (record/present.hpp), as the next value.
void write_record(JsonWriter& out, const ChangeView& view);

}  // namespace deltapost::format
