#include "intake/clocks.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "intake/fields_of.hpp"
#include "record/assign.hpp"
#include "record/contact.hpp"

namespace deltapost::intake {
namespace {

constexpr JsonLimits kLimits{.max_depth = 4, .max_bytes = 4 << 20};
constexpr std::string_view kAnswers = "questionsAndAnswers";

// As JSON: a stamp is its milliseconds, or [milliseconds, sequence].
Stamp stamp_from_json(const Json& value) {
  if (!value.is_array()) return {Time{Millis{value.to_number<std::int64_t>()}}, 0};
  const JsonArray& parts = value.get_array();
  return {Time{Millis{parts.at(0).to_number<std::int64_t>()}}, parts.at(1).to_number<std::uint64_t>()};
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_stamp(std::string& out, Stamp stamp) {
  const bool sequenced = stamp.sequence != 0;
  if (sequenced) out += '[';
  append_number(out, stamp.at.time_since_epoch().count());
  if (!sequenced) return;
  out += ',';
  append_number(out, stamp.sequence);
  out += ']';
}

void append_key(std::string& out, std::string_view key) {
  if (out.back() != '{') out += ',';
  append_quoted(out, key);
  out += ':';
}

/// The stamp that most have; of several such, the oldest.
Stamp commonest(const std::vector<const Stamp*>& fields) {
  std::vector<Stamp> stamps;
  stamps.reserve(fields.size());
  for (const Stamp* at : fields) stamps.push_back(*at);
  std::ranges::sort(stamps);
  Stamp found = kNever;
  std::size_t most = 0;
  for (auto run = stamps.begin(); run != stamps.end();) {
    const auto end = std::find_if(run, stamps.end(), [&](const Stamp& other) { return other != *run; });
    const auto length = static_cast<std::size_t>(end - run);
    if (length > most) {
      found = *run;
      most = length;
    }
    run = end;
  }
  return found;
}

/// The path as finely as fields are merged; nullopt for what has no clock of its own.
std::optional<FieldPath> fine(const FieldPath& path) {
  const std::string& member = path.front();
  if (member == "id") return std::nullopt;
  if (!is_container(member)) return FieldPath{member};
  if (path.size() == 1) return path;
  if (member == kAnswers && contact::parse_numbered(path[1])) return std::nullopt;
  return FieldPath{member, path[1]};
}

}  // namespace

// ---- as text

Result<Clocks> Clocks::parse(std::string_view text, const JsonObject& document) try {
  std::array<unsigned char, 4096> room;
  boost::json::monotonic_resource memory(room.data(), room.size());
  auto parsed = parse_json_object(text, kLimits, &memory);
  if (!parsed) return parsed.error();
  Clocks clocks;
  clocks.version = parsed->at("v").to_number<Version>();
  clocks.newest = stamp_from_json(parsed->at("n"));
  clocks.begin(document, stamp_from_json(parsed->at("b")));
  for (const auto& field : parsed->at("f").as_object()) {
    auto path = parse_dotted(field.key());
    if (!path) return Error{Fault::corrupt, "stored clocks cannot be read: " + path.error().message};
    clocks.set(*path, stamp_from_json(field.value()));
  }
  for (const auto& field : parsed->at("o").as_object()) {
    const JsonArray& first = field.value().as_array();
    clocks.set_first(field.key(), {stamp_from_json(first.at(0)), first.size() > 1});
  }
  for (const auto& claim : parsed->at("q").as_object()) {
    const JsonArray& parts = claim.value().as_array();
    clocks.claims_[std::string(claim.key())] = {parts.at(0).to_number<unsigned>(),
                                                stamp_from_json(parts.at(1))};
  }
  for (const Answer& answer : answers_of(document))
    clocks.claims_.try_emplace(std::string(answer.label),
                               NumberClaim{answer.number, clocks.of(kAnswers, answer.label)});
  return clocks;
} catch (const std::exception& failure) {
  return Error{Fault::corrupt, std::string("stored clocks cannot be read: ") + failure.what()};
}

void Clocks::begin(const JsonObject& document, Stamp base) {
  members_.reserve(document.size());
  for_each_field(document, [&](std::string_view name, std::optional<std::string_view> below) {
    if (members_.empty() || members_.back().name != name) members_.push_back({.name = std::string(name)});
    Member& member = members_.back();
    if (below)
      member.below.push_back({std::string(*below), base});
    else
      member.at = base;
  });
  for (Member& member : members_) std::ranges::sort(member.below, {}, &Below::name);
}

std::string Clocks::text(const JsonObject& document) const {
  std::vector<std::pair<std::string, Stamp>> listed;
  const Stamp base = list(document, listed);
  std::string out = R"({"v":)";
  append_number(out, version);
  append_stamp(out += R"(,"n":)", newest);
  append_stamp(out += R"(,"b":)", base);
  out += R"(,"f":{)";
  for (const auto& [path, stamp] : listed) {
    append_key(out, path);
    append_stamp(out, stamp);
  }
  out += R"(},"o":{)";
  for (const auto& [field, first] : firsts_) {
    append_key(out, field);
    append_stamp(out += '[', first.at);
    out += first.implied ? ",1]" : "]";
  }
  out += R"(},"q":{)";
  append_claims(out, document);
  return out += "}}";
}

/// The fields set at another time than most, by path; gives the time that is left out.
Stamp Clocks::list(const JsonObject& document, std::vector<std::pair<std::string, Stamp>>& listed) const {
  const auto path_of = [](std::string_view name, std::string_view below) {
    return dotted({std::string(name), std::string(below)});
  };
  std::vector<const Stamp*> present;
  for_each_field(document, [&](std::string_view name, std::optional<std::string_view> below) {
    if (const Stamp* at = find(name, below))
      present.push_back(at);
    else
      listed.emplace_back(below ? path_of(name, *below) : dotted({std::string(name)}), kNever);
  });
  std::ranges::sort(present);
  const Stamp base = commonest(present);
  const auto is_left_out = [&](const Stamp& at) {
    return at == base && std::ranges::binary_search(present, &at);
  };
  for (const Member& member : members_) {
    if (member.at && !is_left_out(*member.at)) listed.emplace_back(dotted({member.name}), *member.at);
    for (const Below& below : member.below)
      if (!is_left_out(below.at)) listed.emplace_back(path_of(member.name, below.name), below.at);
  }
  std::ranges::sort(listed);
  return base;
}

/// Those that the document's own numbers do not tell.
void Clocks::append_claims(std::string& out, const JsonObject& document) const {
  if (claims_.empty()) return;
  std::vector<Answer> held = answers_of(document);
  std::ranges::sort(held, {}, &Answer::label);
  for (const auto& [label, claim] : claims_) {
    const auto answer = std::ranges::lower_bound(held, std::string_view(label), {}, &Answer::label);
    const bool told = answer != held.end() && answer->label == label && answer->number == claim.number &&
                      claim.at == of(kAnswers, label);
    if (told) continue;
    append_key(out, label);
    append_number(out += '[', claim.number);
    append_stamp(out += ',', claim.at);
    out += ']';
  }
}

// ---- fields

const Clocks::Member* Clocks::find(std::string_view name) const {
  const auto member = std::ranges::find(members_, name, &Member::name);
  return member == members_.end() ? nullptr : &*member;
}

const Stamp* Clocks::find(std::string_view name, std::optional<std::string_view> below) const {
  const Member* member = find(name);
  if (member == nullptr) return nullptr;
  if (!below) return member->at ? &*member->at : nullptr;
  const auto found = std::ranges::lower_bound(member->below, *below, {}, &Below::name);
  return found != member->below.end() && found->name == *below ? &found->at : nullptr;
}

Stamp Clocks::of(std::string_view name, std::string_view below) const {
  const Stamp* whole = find(name, {});
  const Stamp* own = find(name, below);
  return std::max(own != nullptr ? *own : kNever, whole != nullptr ? *whole : kNever);
}

Stamp Clocks::of(const FieldPath& path) const {
  if (path.size() > 1) return of(path[0], path[1]);
  const Stamp* own = find(path[0], {});
  return own != nullptr ? *own : kNever;
}

void Clocks::set(const FieldPath& path, Stamp stamp) {
  auto member = std::ranges::find(members_, path[0], &Member::name);
  if (member == members_.end()) member = members_.insert(member, {.name = path[0]});
  if (path.size() == 1) {
    member->at = stamp;
    return;
  }
  auto below = std::ranges::lower_bound(member->below, path[1], {}, &Below::name);
  if (below == member->below.end() || below->name != path[1])
    member->below.insert(below, {path[1], stamp});
  else
    below->at = stamp;
}

std::optional<First> Clocks::first(std::string_view field) const {
  const auto found = firsts_.find(field);
  return found == firsts_.end() ? std::nullopt : std::optional(found->second);
}

void Clocks::set_first(std::string_view field, First first) {
  firsts_[std::string(field)] = first;
}

NumberClaim Clocks::claim_of(std::string_view label) const {
  const auto found = claims_.find(label);
  return found == claims_.end() ? NumberClaim{} : found->second;
}

void Clocks::claim_number(std::string_view label, unsigned number, Stamp stamp) {
  const auto found = claims_.find(label);
  if (found == claims_.end()) {
    claims_.emplace(std::string(label), NumberClaim{number, stamp});
    return;
  }
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
        for (const FieldPath& member : members_of(path->front(), *field.new_value)) set(member, stamp);
      continue;
    }
    if (creation && (!field.new_value || is_blank(*field.new_value))) continue;
    set(*path, std::max(of(*path), stamp));
  }
  version = change.version;
}

}  // namespace deltapost::intake
