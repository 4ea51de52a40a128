#include "intake/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "record/assign.hpp"
#include "record/contact.hpp"
#include "record/fields.hpp"
#include "record/lead.hpp"
#include "record/merge.hpp"

namespace deltapost::intake {
namespace {

using format::StatedField;
using format::Statement;

constexpr std::string_view kAnswers = "questionsAndAnswers";
constexpr unsigned kMaxQuestionNumber = 9999;

bool is_nothing(const std::optional<Json>& value) {
  return !value || value->is_null();
}

bool same(const std::optional<Json>& a, const std::optional<Json>& b) {
  if (is_nothing(a) || is_nothing(b)) return is_nothing(a) == is_nothing(b);
  if (same_json(*a, *b)) return true;
  // One moment in two spellings.
  if (!a->is_string() || !b->is_string()) return false;
  const auto one = parse_iso(a->get_string()), other = parse_iso(b->get_string());
  return one && other && *one == *other;
}

std::string shown(const std::optional<Json>& value) {
  return is_nothing(value) ? "nothing" : fields::shown(*value);
}

/// The id under which people know a contact whose sender did not say; the same wherever it is worked out.
std::string derived_preview_id(const RecordKey& key) {
  constexpr std::size_t kBytes = 9;
  const std::string digest = sha256(fmt::format("preview id\n{}\n{}", key.account.text(), key.id));
  return "contact_" + base64url(std::string_view(digest).substr(0, kBytes));
}

class Reconciliation {
 public:
  Reconciliation(const Record& before, Clocks clocks, const Statement& statement, Stamp stamp, Time told)
      : kind_(before.key.kind),
        before_(before),
        statement_(statement),
        stamp_(stamp),
        told_{told, stamp.sequence} {
    result_.clocks = std::move(clocks);
    result_.late = told_ < result_.clocks.newest;
  }

  Result<Reconciled> run() {
    if (auto begun = begin(); !begun) return begun.error();
    for (const StatedField& field : stated()) {
      if (field.partial)
        state(patched(field));
      else
        state(field);
    }
    imply_creation_times();
    set_tags();
    auto document = assign(kind_, result_.document, assignments_);
    if (!document) return document.error();
    result_.document = *std::move(document);
    if (answers_stated_)
      if (auto set = set_answers(); !set) return set.error();
    result_.outrun = outrun_ > 0;
    result_.clocks.newest = std::max(result_.clocks.newest, told_);
    return std::move(result_);
  }

 private:
  // ---- the record to begin with

  Result<void> begin() {
    for (const Answer& answer : answers_of(before_.document)) answers_[answer.label] = answer.text;
    if (before_.version > 0) {
      result_.document = before_.document;
      check_identity();
      return ok();
    }
    auto made = kind_ == Kind::lead ? new_lead() : new_contact();
    if (!made) return made.error();
    result_.document = *std::move(made);
    return ok();
  }

  Result<JsonObject> new_lead() {
    std::optional<Json> phone;
    for (const StatedField& field : stated())
      if (field.path == FieldPath{"phone"}) phone = field.value;
    if (is_nothing(phone) && statement_.subject && !statement_.subject->phone.empty()) {
      phone = Json(statement_.subject->phone);
      result_.clocks.set({"phone"}, stamp_);
    }
    if (is_nothing(phone))
      return fields::invalid("phone",
                             fmt::format("is needed: there is no lead {} here yet, and a new one must "
                                         "have a phone",
                                         before_.key.id));
    result_.clocks.set_first("createdAt", {stamp_, true});
    return lead::create({{"phone", *phone}}, before_.key.id, stamp_.at);
  }

  Result<JsonObject> new_contact() {
    for (const char* field : {"createdAt", "joinedTime", "previewId"})
      result_.clocks.set_first(field, {stamp_, true});
    return contact::create({}, std::stoull(before_.key.id), derived_preview_id(before_.key), stamp_.at);
  }

  void check_identity() {
    if (kind_ != Kind::lead || !statement_.subject || statement_.subject->phone.empty()) return;
    const bool stated_phone = std::ranges::any_of(
        statement_.fields, [](const StatedField& field) { return field.path == FieldPath{"phone"}; });
    const Json& ours = before_.document.at("phone");
    if (stated_phone || ours == Json(statement_.subject->phone)) return;
    report(Finding::What::identity, "phone",
           fmt::format("the sender knows this lead by the phone {}, here it is {}", statement_.subject->phone,
                       fields::shown(ours)));
  }

  /// What the statement says; for a record that is new here with all that the sender knows of it.
  const std::vector<StatedField>& stated() {
    if (before_.version > 0 || statement_.base.empty()) return statement_.fields;
    if (!all_.empty()) return all_;
    all_ = statement_.base;
    for (const StatedField& field : statement_.fields)
      if (std::ranges::find(statement_.base, field.path, &StatedField::path) == statement_.base.end())
        all_.push_back(field);
    // Nothing was here before, so there is nothing that could have been missed.
    for (StatedField& field : all_) field.has_old = false;
    return all_;
  }

  // ---- one field

  /// The whole that a patch makes of what is there.
  StatedField patched(const StatedField& field) const {
    const std::optional<Json> ours = current(field.path);
    JsonObject whole = ours && ours->is_object() ? ours->get_object() : JsonObject{};
    if (field.value && field.value->is_object()) merge_patch(whole, field.value->get_object());
    return {.path = field.path, .value = Json(std::move(whole))};
  }

  void state(const StatedField& field) {
    if (field.path.front() == kAnswers) answers_stated_ = true;
    if (is_write_once(field.path)) return state_once(field);
    const bool container = field.path.size() == 1 && is_container(field.path.front());
    if (container) return state_container(field);
    if (kind_ == Kind::contact && field.path.front() == kAnswers)
      result_.clocks.claim_number(field.path[1], field.number, stamp_);

    const std::optional<Json> ours = current(field.path);
    const Stamp set_at = result_.clocks.of(field.path);
    if (set_at > stamp_) {
      if (!same(ours, field.value)) {
        ++outrun_;
        report(Finding::What::outrun, dotted(field.path),
               fmt::format("something newer has set it to {}", shown(ours)));
      }
      return;
    }
    if (!same(ours, field.value)) {
      if (set_at == stamp_)
        report(Finding::What::equal_time, dotted(field.path),
               fmt::format("was {} at exactly the same time; the last to arrive applies", shown(ours)));
      if (field.has_old && !same(ours, field.old))
        report(Finding::What::gap, dotted(field.path),
               fmt::format("was {} here, but {} at the sender's: a change in between is missing", shown(ours),
                           shown(field.old)));
    }
    set(field.path, field.value);
  }

  /// The container as a whole: what is not in it is gone.
  void state_container(const StatedField& field) {
    const std::string& name = field.path.front();
    if (result_.clocks.of(field.path) > stamp_) {
      ++outrun_;
      return;
    }
    result_.clocks.set(field.path, stamp_);
    for (const FieldPath& member : members(name)) {
      if (is_write_once(member) || result_.clocks.of(member) > stamp_) continue;
      set(member, std::nullopt);
    }
    if (!field.value || !field.value->is_array()) return;
    for (const Json& tag : field.value->get_array())  // tags
      if (tag.is_object() && tag.get_object().contains("id"))
        if (FieldPath member{name, std::string(tag.at("id").as_string())};
            result_.clocks.of(member) <= stamp_)
          set(member, tag);
  }

  void state_once(const StatedField& field) {
    const std::string name = dotted(field.path);
    if (is_nothing(field.value)) return;  // nothing to say about it
    const std::optional<Json> ours = current(field.path);
    const std::optional<First> first = result_.clocks.first(name);
    if (is_nothing(ours) || (first && first->implied)) {
      set_once(field, {stamp_, false});
    } else if (same(ours, field.value)) {
      if (first && stamp_ < first->at) result_.clocks.set_first(name, {stamp_, false});
    } else if (first && stamp_ < first->at) {
      report(Finding::What::write_once, name,
             fmt::format("is written once; an older statement than the one that said {} arrived late and "
                         "counts",
                         shown(ours)));
      set_once(field, {stamp_, false});
    } else {
      report(Finding::What::write_once, name,
             fmt::format("is written once; it stays {}, not {}", shown(ours), shown(field.value)));
    }
  }

  void set_once(const StatedField& field, First first) {
    assignments_.push_back({field.path, field.value});
    result_.clocks.set_first(dotted(field.path), first);
  }

  /// When nobody has said when the record came into being, it is as old as the oldest statement about it.
  void imply_creation_times() {
    for (const char* field : {"createdAt", "joinedTime"}) {
      const auto first = result_.clocks.first(field);
      if (!first || !first->implied || first->at <= stamp_) continue;
      assignments_.push_back({{field}, Json(iso_millis(stamp_.at))});
      result_.clocks.set_first(field, {stamp_, true});
    }
  }

  // ---- values

  std::optional<Json> current(const FieldPath& path) const {
    if (path.front() != kAnswers || path.size() == 1) return value_at(result_.document, path);
    const auto answer = answers_.find(path[1]);
    return answer == answers_.end() ? std::nullopt : std::optional(answer->second);
  }

  void set(const FieldPath& path, const std::optional<Json>& value) {
    result_.clocks.set(path, stamp_);
    if (path.front() == kAnswers) {
      if (is_nothing(value))
        answers_.erase(path[1]);
      else
        answers_[path[1]] = *value;
    } else if (path.front() == "tags") {
      set_tag(path[1], value);
    } else {
      assignments_.push_back({path, value});
    }
  }

  void set_tag(const std::string& id, const std::optional<Json>& tag) {
    if (!tags_) {
      const Json* held = result_.document.if_contains("tags");
      tags_ = held != nullptr && held->is_array() ? held->get_array() : JsonArray{};
    }
    const auto at = std::ranges::find_if(
        *tags_, [&](const Json& each) { return each.is_object() && each.at("id") == Json(id); });
    if (is_nothing(tag)) {
      if (at != tags_->end()) tags_->erase(at);
    } else if (at != tags_->end()) {
      *at = *tag;
    } else {
      tags_->push_back(*tag);
    }
  }

  /// Where the tags are others than before, they stand in an order that does not depend on who came first;
  /// where they are not, their order is no change.
  void set_tags() {
    if (!tags_) return;
    const auto in_order = [](JsonArray tags) {
      std::ranges::sort(tags, {}, [](const Json& each) { return std::string(each.at("id").as_string()); });
      return tags;
    };
    const Json* held = result_.document.if_contains("tags");
    JsonArray now = in_order(*std::move(tags_));
    if (held != nullptr && held->is_array() && same_json(in_order(held->get_array()), now)) return;
    assignments_.push_back({{"tags"}, Json(std::move(now))});
  }

  std::vector<FieldPath> members(const std::string& container) const {
    std::vector<FieldPath> paths;
    if (container == kAnswers) {
      for (const auto& [label, answer] : answers_) paths.push_back({container, label});
      return paths;
    }
    for (FieldPath& path : fields_of(result_.document))
      if (path.size() == 2 && path.front() == container) paths.push_back(std::move(path));
    return paths;
  }

  // ---- the numbers of questions

  /// Questions stand at the numbers that the newest statements gave them; who lost his number to a newer one,
  /// or never had one, follows behind. What the numbers are depends on the statements alone, not on their
  /// order.
  Result<void> set_answers() {
    struct Place {
      NumberClaim claim;
      const std::string* label;
    };
    std::vector<Place> places;
    for (const auto& [label, text] : answers_) {
      const auto claim = result_.clocks.claims().find(label);
      places.push_back({claim == result_.clocks.claims().end() ? NumberClaim{} : claim->second, &label});
    }
    // Numbered ones first, the newest claim before older ones; then those without a number, the oldest first.
    std::ranges::sort(places, [](const Place& a, const Place& b) {
      const bool a_numbered = a.claim.number > 0, b_numbered = b.claim.number > 0;
      if (a_numbered != b_numbered) return a_numbered;
      if (a.claim.at != b.claim.at) return a_numbered ? a.claim.at > b.claim.at : a.claim.at < b.claim.at;
      if (a.claim.number != b.claim.number) return a.claim.number < b.claim.number;
      return *a.label < *b.label;
    });
    std::map<unsigned, const std::string*> at_number;
    std::vector<const std::string*> behind;
    for (const Place& place : places)
      if (place.claim.number == 0 || !at_number.emplace(place.claim.number, place.label).second)
        behind.push_back(place.label);
    unsigned next = at_number.empty() ? 1 : at_number.rbegin()->first + 1;
    for (const std::string* label : behind) at_number.emplace(next++, label);
    if (next > kMaxQuestionNumber + 1 || answers_.size() > contact::kMaxAnswers)
      return fields::invalid(kAnswers,
                             fmt::format("would hold more than {} questions", contact::kMaxAnswers));

    std::vector<Answer> numbered;
    for (const auto& [number, label] : at_number) {
      const Json& text = answers_.at(*label);
      if (!text.is_string())
        return fields::invalid(dotted({std::string(kAnswers), *label}),
                               fmt::format("must be a text or null, not {}", fields::type_name(text)));
      numbered.push_back({*label, std::string(text.get_string()), number});
    }
    return assign_answers(result_.document, numbered);
  }

  void report(Finding::What what, std::string field, std::string message) {
    constexpr std::size_t kMaxFindings = 50;  // of one statement; more say nothing new
    if (result_.findings.size() < kMaxFindings)
      result_.findings.push_back({what, std::move(field), std::move(message)});
  }

  const Kind kind_;
  const Record& before_;
  const Statement& statement_;
  const Stamp stamp_, told_;
  Reconciled result_{};
  std::vector<StatedField> all_;
  std::vector<Assignment> assignments_;
  std::map<std::string, Json> answers_;  // by label
  std::optional<JsonArray> tags_;
  bool answers_stated_ = false;
  std::size_t outrun_ = 0;
};

}  // namespace

std::string_view to_string(Finding::What what) {
  switch (what) {
    case Finding::What::gap:
      return "gap";
    case Finding::What::outrun:
      return "outrun";
    case Finding::What::equal_time:
      return "equal_time";
    case Finding::What::write_once:
      return "write_once";
    case Finding::What::identity:
      return "identity";
  }
  DP_CHECK(false);
  return {};
}

Result<Reconciled> reconcile(const Record& before, Clocks clocks, const Statement& statement, Stamp stamp,
                             std::optional<Time> told) {
  DP_CHECK(before.key.kind == Kind::lead || before.key.kind == Kind::contact);
  return Reconciliation(before, std::move(clocks), statement, stamp, told.value_or(stamp.at)).run();
}

}  // namespace deltapost::intake
