#include "intake/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "intake/new_document.hpp"
#include "intake/reconcile_parts.hpp"
#include "intake/value.hpp"
#include "record/assign.hpp"
#include "record/fields.hpp"
#include "record/merge.hpp"

namespace deltapost::intake {
namespace {

using format::StatedField;
using format::Statement;

constexpr std::string_view kAnswers = "questionsAndAnswers", kTags = "tags";

const Json* pointer_to(const std::optional<Json>& value) {
  return value ? &*value : nullptr;
}

class Reconciliation {
 public:
  Reconciliation(const Record& before, Clocks clocks, const Statement& statement, Stamp stamp, Time told)
      : kind_(before.key.kind),
        before_(before),
        statement_(statement),
        stamp_(stamp),
        told_{told, stamp.sequence},
        questions_(before.document) {
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
    if (!assignments_.empty()) {
      auto document = assign(kind_, std::move(result_.document), assignments_);
      if (!document) return document.error();
      result_.document = *std::move(document);
    }
    if (answers_stated_)
      if (auto written = questions_.write(result_.document, result_.clocks); !written) return written.error();
    result_.outrun = outrun_ > 0;
    result_.clocks.newest = std::max(result_.clocks.newest, told_);
    return std::move(result_);
  }

 private:
  // ---- the record to begin with

  Result<void> begin() {
    if (before_.version > 0) {
      result_.document = before_.document;
      check_identity();
      return ok();
    }
    auto made = new_document(before_.key, statement_, stated(), stamp_, result_.clocks);
    if (!made) return made.error();
    result_.document = *std::move(made);
    return ok();
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
    if (all_.empty()) all_ = all_known(statement_);
    return all_;
  }

  // ---- one field

  /// The whole that a patch makes of what is there.
  StatedField patched(const StatedField& field) const {
    const Json* ours = current(field.path);
    JsonObject whole = ours != nullptr && ours->is_object() ? ours->get_object() : JsonObject{};
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

    const Json* ours = current(field.path);
    const Json* theirs = pointer_to(field.value);
    const Stamp set_at = result_.clocks.of(field.path);
    const bool unchanged = ours != nullptr && theirs != nullptr && identical(*ours, *theirs);
    const bool agreed = unchanged || same(ours, theirs);
    if (set_at > stamp_) {
      if (agreed) return;
      ++outrun_;
      return report(Finding::What::outrun, dotted(field.path),
                    fmt::format("something newer has set it to {}", shown(ours)));
    }
    if (!agreed) report_differences(field, ours, set_at);
    set(field.path, theirs, unchanged);
  }

  void report_differences(const StatedField& field, const Json* ours, Stamp set_at) {
    if (set_at == stamp_)
      report(Finding::What::equal_time, dotted(field.path),
             fmt::format("was {} at exactly the same time; the last to arrive applies", shown(ours)));
    const Json* old = pointer_to(field.old);
    if (field.has_old && !same(ours, old))
      report(Finding::What::gap, dotted(field.path),
             fmt::format("was {} here, but {} at the sender's: a change in between is missing", shown(ours),
                         shown(old)));
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
      if (result_.clocks.of(member) > stamp_) continue;
      set(member, nullptr);
    }
    if (!field.value || !field.value->is_array()) return;
    for (const Json& tag : field.value->get_array())  // tags
      if (tag.is_object() && tag.get_object().contains("id"))
        if (FieldPath member{name, std::string(tag.at("id").as_string())};
            result_.clocks.of(member) <= stamp_)
          set(member, &tag);
  }

  void state_once(const StatedField& field) {
    const Json* theirs = pointer_to(field.value);
    if (is_nothing(theirs)) return;  // nothing to say about it
    const std::string name = dotted(field.path);
    const Json* ours = current(field.path);
    const std::optional<First> first = result_.clocks.first(name);
    if (is_nothing(ours) || (first && first->implied)) {
      set_once(field, {stamp_, false});
    } else if (same(ours, theirs)) {
      if (first && stamp_ < first->at) result_.clocks.set_first(name, {stamp_, false});
    } else if (first && stamp_ < first->at) {
      report(Finding::What::write_once, name,
             fmt::format("is written once; an older statement than the one that said {} arrived late and "
                         "counts",
                         shown(ours)));
      set_once(field, {stamp_, false});
    } else {
      report(Finding::What::write_once, name,
             fmt::format("is written once; it stays {}, not {}", shown(ours), shown(theirs)));
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

  /// nullptr: absent.
  const Json* current(const FieldPath& path) const {
    if (path.size() == 2 && path.front() == kAnswers) return questions_.answer(path[1]);
    return find_value(result_.document, path);
  }

  /// `unchanged`: it is what is there, to the byte.
  void set(const FieldPath& path, const Json* value, bool unchanged = false) {
    result_.clocks.set(path, stamp_);
    if (path.front() == kAnswers) {
      if (is_nothing(value))
        questions_.remove(path[1]);
      else
        questions_.set(path[1], *value);
    } else if (path.front() == kTags) {
      if (!tags_) tags_.emplace(result_.document);
      if (is_nothing(value))
        tags_->remove(path[1]);
      else
        tags_->set(path[1], *value);
    } else if (!unchanged || is_assigned(path.front())) {
      assignments_.push_back({path, value != nullptr ? std::optional(*value) : std::nullopt});
    }
  }

  bool is_assigned(std::string_view name) const {
    return std::ranges::any_of(assignments_,
                               [&](const Assignment& assignment) { return assignment.path.front() == name; });
  }

  void set_tags() {
    if (!tags_) return;
    if (auto changed = tags_->changed())
      assignments_.push_back({{std::string(kTags)}, Json(*std::move(changed))});
  }

  std::vector<FieldPath> members(const std::string& container) const {
    if (container != kAnswers) {
      const Json* held = result_.document.if_contains(container);
      return held != nullptr ? members_of(container, *held) : std::vector<FieldPath>{};
    }
    std::vector<FieldPath> paths;
    for (std::string& label : questions_.labels()) paths.push_back({container, std::move(label)});
    return paths;
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
  Questions questions_;
  std::optional<Tags> tags_;
  bool answers_stated_ = false;
  std::size_t outrun_ = 0;
};

}  // namespace

std::string_view to_string(Finding::What what) {
  static constexpr std::array<std::string_view, 5> kNames{"gap", "outrun", "equal_time", "write_once",
                                                          "identity"};
  return kNames.at(static_cast<std::size_t>(what));
}

Result<Reconciled> reconcile(const Record& before, Clocks clocks, const Statement& statement, Stamp stamp,
                             std::optional<Time> told) {
  DP_CHECK(before.key.kind == Kind::lead || before.key.kind == Kind::contact);
  return Reconciliation(before, std::move(clocks), statement, stamp, told.value_or(stamp.at)).run();
}

}  // namespace deltapost::intake
