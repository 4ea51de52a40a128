#include "intake/clocks.hpp"

#include <algorithm>

#include "record/assign.hpp"
#include "record/contact.hpp"

namespace deltapost::intake {
namespace {

constexpr JsonLimits kLimits{.max_depth = 4, .max_bytes = 4 << 20};

// As JSON: a stamp is its milliseconds, or [milliseconds, sequence].
Json stamp_to_json(Stamp stamp) {
  const std::int64_t millis = stamp.at.time_since_epoch().count();
  if (stamp.sequence == 0) return millis;
  return JsonArray{millis, stamp.sequence};
}

Stamp stamp_from_json(const Json& value) {
  if (!value.is_array()) return {Time{Millis{value.to_number<std::int64_t>()}}, 0};
  const JsonArray& parts = value.get_array();
  return {Time{Millis{parts.at(0).to_number<std::int64_t>()}}, parts.at(1).to_number<std::uint64_t>()};
}

/// The path as finely as fields are merged; nullopt for what has no clock of its own.
std::optional<FieldPath> fine(const FieldPath& path) {
  const std::string& member = path.front();
  if (member == "id") return std::nullopt;
  if (!is_container(member)) return FieldPath{member};
  if (path.size() == 1) return path;
  if (member == "questionsAndAnswers" && contact::parse_numbered(path[1])) return std::nullopt;
  return FieldPath{member, path[1]};
}

std::vector<FieldPath> members_of(const std::string& container, const Json& value) {
  std::vector<FieldPath> paths;
  if (const JsonObject* object = value.if_object()) {
    for (const auto& member : *object)
      if (auto path = fine({container, std::string(member.key())})) paths.push_back(*std::move(path));
  } else if (const JsonArray* tags = value.if_array()) {
    for (const Json& tag : *tags)
      if (tag.is_object() && tag.get_object().contains("id"))
        paths.push_back({container, std::string(tag.at("id").as_string())});
  }
  return paths;
}

Stamp commonest(const std::vector<FieldPath>& fields, const std::map<std::string, Stamp>& set_at) {
  std::map<Stamp, std::size_t> counts;
  for (const FieldPath& path : fields)
    if (const auto at = set_at.find(dotted(path)); at != set_at.end()) ++counts[at->second];
  const auto most = std::ranges::max_element(counts, {}, [](const auto& count) { return count.second; });
  return most == counts.end() ? kNever : most->first;
}

}  // namespace

bool is_write_once(const FieldPath& path) {
  if (path.size() == 2) return path[0] == "tracking" && contact::is_first_touch(path[1]);
  return path[0] == "createdAt" || path[0] == "joinedTime" || path[0] == "previewId";
}

bool is_container(std::string_view member) {
  return member == "additionalInfo" || member == "tags" || member == "tracking" ||
         member == "questionsAndAnswers";
}

bool is_blank(const Json& value) {
  if (value.is_null() || value == false) return true;
  if (value.is_object()) return value.get_object().empty();
  return value.is_array() && value.get_array().empty();
}

std::vector<FieldPath> fields_of(const JsonObject& document) {
  std::vector<FieldPath> paths;
  for (const auto& member : document) {
    const std::string name(member.key());
    if (is_blank(member.value()) || name == "id") continue;
    if (is_container(name))
      std::ranges::move(members_of(name, member.value()), std::back_inserter(paths));
    else
      paths.push_back({name});
  }
  std::erase_if(paths, is_write_once);
  return paths;
}

Result<Clocks> Clocks::parse(std::string_view text, const JsonObject& document) try {
  auto parsed = parse_json_object(text, kLimits);
  if (!parsed) return parsed.error();
  Clocks clocks;
  clocks.version = parsed->at("v").to_number<Version>();
  clocks.newest = stamp_from_json(parsed->at("n"));
  for (const auto& field : parsed->at("f").as_object())
    clocks.set_at_[std::string(field.key())] = stamp_from_json(field.value());
  const Stamp base = stamp_from_json(parsed->at("b"));
  for (const FieldPath& path : fields_of(document)) clocks.set_at_.try_emplace(dotted(path), base);
  for (const auto& field : parsed->at("o").as_object()) {
    const JsonArray& first = field.value().as_array();
    clocks.firsts_[std::string(field.key())] = {stamp_from_json(first.at(0)), first.size() > 1};
  }
  for (const auto& claim : parsed->at("q").as_object()) {
    const JsonArray& parts = claim.value().as_array();
    clocks.claims_[std::string(claim.key())] = {parts.at(0).to_number<unsigned>(),
                                                stamp_from_json(parts.at(1))};
  }
  for (const Answer& answer : answers_of(document))
    clocks.claims_.try_emplace(answer.label,
                               NumberClaim{answer.number, clocks.of({"questionsAndAnswers", answer.label})});
  return clocks;
} catch (const std::exception& failure) {
  return Error{Fault::corrupt, std::string("stored clocks cannot be read: ") + failure.what()};
}

std::string Clocks::text(const JsonObject& document) const {
  const std::vector<FieldPath> present = fields_of(document);
  const Stamp base = commonest(present, set_at_);
  std::map<std::string, Stamp> listed = set_at_;
  for (const FieldPath& path : present) {
    const auto [at, absent] = listed.try_emplace(dotted(path), kNever);
    if (!absent && at->second == base) listed.erase(at);
  }
  JsonObject fields, firsts, claims;
  for (const auto& [path, stamp] : listed) fields[path] = stamp_to_json(stamp);
  for (const auto& [field, first] : firsts_) {
    JsonArray parts{stamp_to_json(first.at)};
    if (first.implied) parts.push_back(1);
    firsts[field] = std::move(parts);
  }
  std::map<std::string, NumberClaim> told = claims_;
  for (const Answer& answer : answers_of(document)) {
    const auto claim = told.find(answer.label);
    if (claim != told.end() && claim->second.number == answer.number &&
        claim->second.at == of({"questionsAndAnswers", answer.label}))
      told.erase(claim);
  }
  for (const auto& [label, claim] : told) claims[label] = JsonArray{claim.number, stamp_to_json(claim.at)};
  return to_text(JsonObject{{"v", version},
                            {"n", stamp_to_json(newest)},
                            {"b", stamp_to_json(base)},
                            {"f", std::move(fields)},
                            {"o", std::move(firsts)},
                            {"q", std::move(claims)}});
}

Stamp Clocks::of(const FieldPath& path) const {
  const auto stamp_of = [this](const FieldPath& which) {
    const auto at = set_at_.find(dotted(which));
    return at == set_at_.end() ? kNever : at->second;
  };
  const Stamp own = stamp_of(path);
  return path.size() == 1 ? own : std::max(own, stamp_of({path.front()}));
}

void Clocks::set(const FieldPath& path, Stamp stamp) {
  set_at_[dotted(path)] = stamp;
}

std::optional<First> Clocks::first(const std::string& field) const {
  const auto found = firsts_.find(field);
  return found == firsts_.end() ? std::nullopt : std::optional(found->second);
}

void Clocks::claim_number(const std::string& label, unsigned number, Stamp stamp) {
  const auto [found, fresh] = claims_.try_emplace(label, NumberClaim{number, stamp});
  if (fresh) return;
  NumberClaim& claim = found->second;
  if (number == 0) {
    if (claim.number == 0) claim.at = std::min(claim.at, stamp);
  } else if (claim.number == 0 || claim.at <= stamp) {
    claim = {number, stamp};
  }
}

void Clocks::catch_up(const Change& change, Time updated_at) {
  const Stamp stamp{updated_at, 0};
  const bool creation = change.version == 1;
  for (const FieldChange& field : change.fields) {
    auto path = fine(field.path);
    if (!path || is_write_once(*path)) continue;
    const bool container = path->size() == 1 && is_container(path->front());
    if (container) {
      // It appeared, went or was replaced whole; what a new record begins with is nobody's statement.
      if (!creation) set(*path, std::max(of(*path), stamp));
      if (field.new_value)
        for (const FieldPath& member : members_of(path->front(), *field.new_value))
          if (!is_write_once(member)) set(member, stamp);
      continue;
    }
    if (creation && (!field.new_value || is_blank(*field.new_value))) continue;
    set(*path, std::max(of(*path), stamp));
  }
  version = change.version;
}

}  // namespace deltapost::intake
