#include "format/event.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "format/lead_changes.hpp"

namespace deltapost::format {
namespace {

constexpr std::size_t kEventIdBytes = 16;

constexpr std::array<std::string_view, 9> kEventTypes{
    "lead.created",     "lead.updated",      "lead.deleted",   "lead.additionalInfo.updated",
    "leadTagged",       "newContactCreated", "contactUpdated", "contactDeleted",
    "endpoint.disabled"};

/// Built-in tags: fields of a lead that count as a tag of their name once they are true.
constexpr std::array<std::string_view, 3> kTagFields{"hasReplied", "isHot", "isQualified"};

const FieldChange* find_field(const Change& change, std::string_view name) {
  const auto found = std::ranges::find_if(change.fields, [name](const FieldChange& field) {
    return field.path.size() == 1 && field.path.front() == name;
  });
  return found == change.fields.end() ? nullptr : &*found;
}

bool turned_true(const Change& change, std::string_view name) {
  const FieldChange* field = find_field(change, name);
  return field != nullptr && field->new_value && *field->new_value == true;
}

/// What the tag is known by under `key`; empty when it has no such text.
std::string_view tag_text(const Json& tag, std::string_view key) {
  const JsonObject* object = tag.if_object();
  const Json* text = object != nullptr ? object->if_contains(key) : nullptr;
  return text != nullptr && text->is_string() ? std::string_view(text->get_string()) : std::string_view();
}

bool holds_tag(const std::optional<Json>& tags, std::string_view id) {
  const JsonArray* array = tags ? tags->if_array() : nullptr;
  return array != nullptr &&
         std::ranges::any_of(*array, [id](const Json& tag) { return tag_text(tag, "id") == id; });
}

/// The names of the tags that the change brought, each once, in the lead's order, built-in ones last.
std::vector<std::string_view> added_tags(const Change& change) {
  std::vector<std::string_view> names;
  const auto add = [&names](std::string_view name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  const FieldChange* tags = find_field(change, "tags");
  if (const JsonArray* now = tags != nullptr && tags->new_value ? tags->new_value->if_array() : nullptr) {
    for (const Json& tag : *now) {
      if (!holds_tag(tags->old_value, tag_text(tag, "id"))) add(tag_text(tag, "name"));
    }
  }
  for (const std::string_view field : kTagFields) {
    if (turned_true(change, field)) add(field);
  }
  return names;
}

class EventList {
 public:
  explicit EventList(const Change& change) : change_(change) {}

  void add(std::string_view type, std::string_view subject = {}) {
    events_.push_back(
        {std::string(type), std::string(subject), event_id(change_.key, change_.version, type, subject)});
  }

  std::vector<Event> take() { return std::move(events_); }

 private:
  const Change& change_;
  std::vector<Event> events_;
};

void add_lead_events(const Change& change, EventList& events) {
  if (change.version > 1 && turned_true(change, "deleted")) {
    events.add("lead.deleted");
    return;
  }
  events.add(change.version == 1 ? "lead.created" : "lead.updated");
  if (!additional_info_changes(change).empty()) events.add("lead.additionalInfo.updated");
  for (const std::string_view tag : added_tags(change)) events.add("leadTagged", tag);
}

void add_contact_events(const Change& change, EventList& events) {
  const FieldChange* deleted_at = find_field(change, "deletedAt");
  const bool deleted = deleted_at != nullptr && deleted_at->new_value && !deleted_at->new_value->is_null();
  if (change.version == 1) {
    events.add("newContactCreated");
  } else {
    events.add(deleted ? "contactDeleted" : "contactUpdated");
  }
}

void add_endpoint_events(const Change& change, EventList& events) {
  const FieldChange* state = find_field(change, "state");
  if (state != nullptr && state->new_value && *state->new_value == "disabled")
    events.add("endpoint.disabled");
}

}  // namespace

std::span<const std::string_view> event_types() {
  return kEventTypes;
}

std::optional<std::string_view> canonical_event_type(std::string_view name) {
  if (name == "contactDetailChanged") name = "contactUpdated";
  const auto found = std::ranges::find(kEventTypes, name);
  if (found == kEventTypes.end()) return std::nullopt;
  return *found;
}

Kind record_kind(std::string_view event_type) {
  DP_CHECK(std::ranges::find(kEventTypes, event_type) != kEventTypes.end());
  if (event_type.starts_with("lead")) return Kind::lead;
  return event_type.starts_with("endpoint") ? Kind::endpoint : Kind::contact;
}

std::vector<Event> events_of(const Change& change) {
  EventList events(change);
  if (change.key.kind == Kind::lead) add_lead_events(change, events);
  if (change.key.kind == Kind::contact) add_contact_events(change, events);
  if (change.key.kind == Kind::endpoint) add_endpoint_events(change, events);
  return events.take();
}

std::string event_id(const RecordKey& record, Version version, std::string_view type,
                     std::string_view subject) {
  std::string content;
  const auto add = [&content](std::string_view part) {
    content += std::to_string(part.size());
    content += ':';
    content += part;
    content += ',';
  };
  add(record.account.text());
  add(to_string(record.kind));
  add(wire_id(record));
  add(std::to_string(version));
  add(type);
  add(subject);
  return hex(std::string_view(sha256(content)).substr(0, kEventIdBytes));
}

}  // namespace deltapost::format
