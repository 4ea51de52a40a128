// iclosed: the body that receivers of iClosed's contact webhooks know: an array with the whole contact, its
// members in the order of the vendor's sample, and in it
//   updatedAttributes  the top-level fields that an update changed, in the order of the change; [] otherwise
//   deletedAt          only on a deleted contact; the vendor's sample has no such member
//   hookType           last: "Contact created", "Contact updated", "Contact deleted"
#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "format/formats.hpp"

namespace deltapost::format::iclosed {
namespace {

struct EventRow {
  std::string_view type;
  std::string_view hook_type;
};

constexpr std::string_view kUpdated = "contactUpdated";

constexpr std::array kEvents{
    EventRow{"newContactCreated", "Contact created"},
    EventRow{kUpdated, "Contact updated"},
    EventRow{"contactDeleted", "Contact deleted"},
};

constexpr std::array<std::string_view, 16> kBeforeUpdatedAt{
    "id",          "userId",          "accountId",
    "firstName",   "lastName",        "email",
    "phoneNumber", "secondary_email", "secondary_phoneNumber",
    "status",      "createdAt",       "previewId",
    "timeZone",    "joinedTime",      "country",
    "ipAddress",
};

constexpr std::array<std::string_view, 5> kAfterUpdatedAttributes{"questionsAndAnswers", "event", "tracking",
                                                                  "latestCall", "disqualifyingGroup"};

void write_fields(JsonWriter& out, const JsonObject& contact, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (const Json* value = contact.if_contains(name)) out.key(name).value(*value);
  }
}

void write_updated_attributes(JsonWriter& out, const Rendering& rendering) {
  out.key("updatedAttributes").open_array();
  std::vector<std::string_view> told;
  if (rendering.event.type == kUpdated) {
    for (const FieldChange& change : rendering.view.change.fields) {
      const std::string_view name = change.path.front();
      if (std::ranges::find(told, name) != told.end()) continue;
      told.push_back(name);
      out.string(name);
    }
  }
  out.close_array();
}

void write_contact(JsonWriter& out, const Rendering& rendering, std::string_view hook_type) {
  const JsonObject& contact = rendering.view.after;
  out.open_object();
  write_fields(out, contact, kBeforeUpdatedAt);
  out.key("updatedAt").string(iso_millis(rendering.view.updated_at));
  write_updated_attributes(out, rendering);
  write_fields(out, contact, kAfterUpdatedAttributes);
  const Json* deleted_at = contact.if_contains("deletedAt");
  if (deleted_at != nullptr && !deleted_at->is_null()) out.key("deletedAt").value(*deleted_at);
  out.key("hookType").string(hook_type);
  out.close_object();
}

}  // namespace

bool expresses(std::string_view event_type) {
  return std::ranges::find(kEvents, event_type, &EventRow::type) != kEvents.end();
}

std::string body(const Rendering& rendering) {
  const auto row = std::ranges::find(kEvents, rendering.event.type, &EventRow::type);
  DP_CHECK(row != kEvents.end());
  JsonWriter out(kUsualBodySize);
  if (!rendering.options.bare_object) out.open_array();
  write_contact(out, rendering, row->hook_type);
  if (!rendering.options.bare_object) out.close_array();
  return out.take();
}

}  // namespace deltapost::format::iclosed
