// iclosed: the body that receivers of iClosed's contact webhooks know: an array with the whole contact, its
// members in the order of the vendor's sample, and in it
//   updatedAttributes    the top-level fields that an update changed, in the order of the change; else []
//   questionsAndAnswers  pairs by number, then `label: answer` in that order, however the document came to be
//   deletedAt            only on a deleted contact; the vendor's sample has no such member
//   hookType             last: "Contact created", "Contact updated", "Contact deleted"
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <unordered_set>

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

constexpr std::string_view kAnswers = "questionsAndAnswers";

constexpr std::array<std::string_view, 4> kAfterAnswers{"event", "tracking", "latestCall",
                                                        "disqualifyingGroup"};

void write_fields(JsonWriter& out, const JsonObject& contact, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (const Json* value = contact.if_contains(name)) out.key(name).value(*value);
  }
}

/// Which side of which numbered pair a key names: `12_question` or `12_response`.
struct PairSide {
  std::uint32_t number = 0;
  bool response = false;
  friend auto operator<=>(const PairSide&, const PairSide&) = default;
};

std::optional<PairSide> parse_pair_side(std::string_view key) {
  const std::string_view digits = key.substr(0, key.find('_'));
  const std::string_view side = key.substr(digits.size());
  PairSide parsed{.response = side == "_response"};
  if (!parsed.response && side != "_question") return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed.number);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '0')
    return std::nullopt;
  return parsed;
}

void write_answers(JsonWriter& out, const JsonObject& answers) {
  std::map<PairSide, const JsonObject::value_type*> numbered;
  for (const auto& member : answers) {
    if (const auto side = parse_pair_side(member.key())) numbered.emplace(*side, &member);
  }
  std::unordered_set<std::string_view> told;
  const auto tell = [&](const JsonObject::value_type& member) {
    if (told.insert(member.key()).second) out.key(member.key()).value(member.value());
  };
  out.open_object();
  for (const auto& [side, member] : numbered) tell(*member);
  for (const auto& [side, member] : numbered) {
    if (side.response || !member->value().is_string()) continue;
    const auto labelled = answers.find(member->value().get_string());
    if (labelled != answers.end()) tell(*labelled);
  }
  for (const auto& member : answers) tell(member);
  out.close_object();
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
  const JsonObject& contact = *rendering.view.after;
  out.open_object();
  write_fields(out, contact, kBeforeUpdatedAt);
  out.key("updatedAt").string(iso_millis(rendering.view.updated_at));
  write_updated_attributes(out, rendering);
  if (const Json* answers = contact.if_contains(kAnswers); answers != nullptr && answers->is_object()) {
    out.key(kAnswers);
    write_answers(out, answers->get_object());
  }
  write_fields(out, contact, kAfterAnswers);
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
