// Leads as the API takes them. A lead that can be made keeps its invariants through any patch, what a patch
// changed is exactly what the diff says, and the same patch again changes nothing. Parts: what it is made of,
// the patch.
#include "record/lead.hpp"

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "fuzz/record_properties.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {
namespace {

constexpr Time kNow{Millis{1'780'000'000'000}};

void check_invariants(const JsonObject& lead) {
  DP_CHECK(lead.at("id").as_string() == "lead_1" && lead.at("createdAt").as_string() == iso_millis(kNow));
  const auto phone = lead::normalise_phone(lead.at("phone").as_string());
  DP_CHECK(phone && *phone == lead.at("phone").as_string());
  const JsonObject& info = lead.at("additionalInfo").as_object();
  DP_CHECK(info.size() <= lead::kMaxInfoKeys);
  for (const auto& member : info) DP_CHECK(member.value().is_string());
  DP_CHECK(lead.at("tags").as_array().size() <= lead::kMaxTags);
}

}  // namespace

void lead(std::string_view input) {
  const auto [first, second] = parts_of<2>(input);
  const auto wanted = parse_json_object(first);
  if (!wanted) return;
  const auto made = lead::create(*wanted, "lead_1", kNow);
  if (!made) return DP_CHECK(!made.error().message.empty());
  check_invariants(*made);
  const auto patch = parse_json_object(second);
  if (!patch) return;
  const auto updated = lead::update(*made, *patch);
  if (updated) {
    const JsonObject& after = updated->document;
    check_invariants(after);
    DP_CHECK(after.size() == made->size());
    check_diff(*made, after);
    DP_CHECK(changes_text(updated->changes) == changes_text(diff(*made, after)));
    const auto again = lead::update(after, *patch);
    DP_CHECK(again && again->changes.empty() && to_text(again->document) == to_text(after));
  }
  if (const auto tagged = lead::replace_tags(*made, *patch)) check_invariants(tagged->document);
  if (const auto noted = lead::add_context(*made, *patch)) check_invariants(noted->document);
}

}  // namespace deltapost::fuzz
