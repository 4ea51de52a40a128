// standard: our own body, for every event.
//   {"type", "timestamp": when the change was committed, "data": {"kind", "id", "version",
//    "changes": {"dotted.path": {"old", "new"}}, "record", "source", "actor"}}
// A side of a change that is left out was absent; null is null. A contact's id is a number, all others are
// text.
#include "format/formats.hpp"
#include "record/present.hpp"

namespace deltapost::format {
namespace {

void write_id(JsonWriter& out, const RecordKey& key) {
  const std::string id = wire_id(key);
  key.kind == Kind::contact ? out.number(id) : out.string(id);
}

}  // namespace

void write_record(JsonWriter& out, const ChangeView& view) {
  write_presented(out, view.change.key.kind, *view.after, view.updated_at, view.change.version);
}

namespace standard {

bool expresses(std::string_view event_type) {
  return canonical_event_type(event_type) == event_type;
}

void write_data(JsonWriter& out, const ChangeView& view, const RenderOptions& options) {
  const Change& change = view.change;
  out.open_object();
  out.key("kind").string(to_string(change.key.kind));
  out.key("id");
  write_id(out, change.key);
  out.key("version").number(std::to_string(change.version));
  out.key("changes");
  write_changes(out, change.fields);
  if (!options.changes_only) {
    out.key("record");
    write_record(out, view);
  }
  out.key("source").string(change.origin.source);
  out.key("actor").string(change.origin.actor);
  out.close_object();
}

std::string body(const Rendering& rendering) {
  JsonWriter out(kUsualBodySize);
  out.open_object();
  out.key("type").string(rendering.event.type);
  out.key("timestamp").string(iso_millis(rendering.view.change.at));
  out.key("data");
  write_data(out, rendering.view, rendering.options);
  out.close_object();
  return out.take();
}

}  // namespace standard
}  // namespace deltapost::format
