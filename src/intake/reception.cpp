#include "intake/reception.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "intake/echo.hpp"
#include "intake/kept_clocks.hpp"
#include "intake/seen.hpp"
#include "intake/subject.hpp"
#include "intake/uniques.hpp"
#include "intake/validation.hpp"
#include "intake/writer.hpp"
#include "record/diff.hpp"
#include "store/history.hpp"

namespace deltapost::intake {
namespace {

using format::Item;
using format::Statement;

bool is_content_fault(const Error& error) {
  return error.fault == Fault::invalid || error.fault == Fault::malformed || error.fault == Fault::conflict ||
         error.fault == Fault::too_large || error.fault == Fault::not_found;
}

class ItemReception {
 public:
  ItemReception(store::Draft& draft, const Arrival& arrival, std::size_t index, std::size_t count)
      : draft_(draft), arrival_(arrival), source_(arrival.source), index_(index), count_(count) {}

  Result<ItemOutcome> run(const Item& item) {
    if (!item.statement && arrival_.replayed != nullptr)
      return ItemOutcome{.verdict = (*arrival_.replayed)[index_].verdict};
    if (!item.statement) return bad({item.statement.error().message, item.statement.error().field});
    const Statement& statement = *item.statement;
    describe(statement);
    if (arrival_.replayed != nullptr) return again(statement, (*arrival_.replayed)[index_]);
    auto known_by_id = find_by_id(draft_, source_.key.account, source_.key.id, statement);
    if (!known_by_id) return known_by_id.error();
    if (*known_by_id) {
      auto erased = is_erased(draft_, **known_by_id);
      if (!erased) return erased.error();
      if (*erased) return refuse_erased(**known_by_id);
    }
    auto subject = find_subject(statement, *std::move(known_by_id));
    if (!subject) return subject.error();
    // Also of what is not applied: the person's timeline shows it, and erasing the person takes it.
    if (subject->record) outcome_.record = subject->record;
    auto echo = is_echo(draft_, source_.key.account, statement.actor);
    if (!echo) return echo.error();
    if (*echo) return pass_over_echo();
    if (auto trouble = validation().check_schemas(item)) return bad(*std::move(trouble));
    auto known = look_up_seen(statement);
    if (!known) return known.error();
    if (*known) return outcome_;

    if (subject->nameless) {
      auto named = name_anew(draft_, statement.subject->kind, {source_.key, arrival_.receipt, index_});
      if (!named && is_content_fault(named.error())) return bad({named.error().message, named.error().field});
      if (!named) return named.error();
      outcome_.record = *std::move(named);
    }
    new_link_ = std::move(subject->new_link);
    return take(statement);
  }

 private:
  Validation validation() { return {source_, outcome_.event, arrival_.released, outcome_.flags}; }

  /// What it says goes into its record.
  Result<ItemOutcome> take(const Statement& statement) {
    if (statement.nature != Statement::Nature::note) {
      auto trouble = apply(*outcome_.record, statement);
      if (!trouble) return trouble.error();
      if (*trouble) return bad(**std::move(trouble));
      if (new_link_) link(draft_, *outcome_.record, source_.key.id, *new_link_);
    }
    seen(statement).remember(draft_, arrival_.receipt);
    return std::move(outcome_);
  }

  /// Of a replay: what had no effect then has none now.
  Result<ItemOutcome> again(const Statement& statement, const Decided& decided) {
    outcome_.record = decided.record;
    const bool about_nobody = !decided.record && statement.nature != Statement::Nature::note;
    if (!decided.had_effect() || about_nobody) {
      outcome_.verdict = decided.verdict;
      return outcome_;
    }
    const std::string their_id = statement.subject ? statement.subject->id : "";
    if (decided.record && !their_id.empty() && their_id != decided.record->id) new_link_ = their_id;
    return take(statement);
  }

  void describe(const Statement& statement) {
    outcome_.event = statement.event;
    outcome_.event_id = statement.event_id;
    if (outcome_.event_id.empty() && !arrival_.signed_id.empty())
      outcome_.event_id = count_ == 1 ? arrival_.signed_id : fmt::format("{}#{}", arrival_.signed_id, index_);
    outcome_.time = statement.time;
    outcome_.updated_attributes = statement.updated_attributes;
    outcome_.ignored = statement.ignored;
    if (statement.subject && !statement.subject->id.empty())
      outcome_.record = RecordKey{source_.key.account, statement.subject->kind, statement.subject->id};
  }

  ItemOutcome bad(Trouble trouble) {
    const bool reject = trouble.reject || source_.on_bad_content == OnBadContent::reject;
    outcome_.verdict = reject ? Verdict::rejected : Verdict::quarantined;
    outcome_.reason = std::move(trouble.reason);
    outcome_.field = std::move(trouble.field);
    return outcome_;
  }

  // ---- seen before

  /// What it says was known here before it was told, and has been overtaken since, or not.
  ItemOutcome pass_over_echo() {
    outcome_.verdict = Verdict::duplicate;
    outcome_.flags.push_back({std::string(kEchoFlag), "",
                              "the change was made here, or came by here, before the sender told it back; it "
                              "was not applied again"});
    return outcome_;
  }

  /// True when it was seen; the outcome then says so.
  Result<bool> look_up_seen(const Statement& statement) {
    auto row = seen(statement).look_up(draft_);
    if (!row) return row.error();
    if (!*row) return false;
    outcome_.verdict = Verdict::duplicate;
    outcome_.first = (*row)->receipt;
    if (!seen(statement).says_what(**row))
      outcome_.flags.push_back(
          {"other_content", "",
           fmt::format("event {} came before with another content; what it says now was not "
                       "applied",
                       outcome_.event_id)});
    return true;
  }

  const SeenStatement& seen(const Statement& statement) {
    if (!seen_) seen_.emplace(source_, statement, outcome_.event_id);
    return *seen_;
  }

  // ---- the record

  ItemOutcome refuse_erased(const RecordKey& key) {
    return {.verdict = Verdict::rejected,
            .event = outcome_.event,
            .record = key,
            .time = outcome_.time,
            .flags = {{std::string(kErasedFlag), "", ""}},
            .reason = "this person's data was erased; nothing about them is taken or kept any more"};
  }

  Result<FoundSubject> find_subject(const Statement& statement, std::optional<RecordKey> known_by_id) {
    if (!statement.subject || known_by_id) return FoundSubject{std::move(known_by_id)};
    return find_or_name(draft_, source_.key.account, statement);
  }

  Result<Record> load(const RecordKey& key) {
    auto stored = draft_.find(key);
    if (!stored) return stored.error();
    if (!*stored) return Record{.key = key};
    return store::to_record(**stored);
  }

  // ---- the change

  /// Trouble when the content cannot be used; an error when the store is in trouble.
  Result<std::optional<Trouble>> apply(const RecordKey& key, const Statement& statement) {
    using Answer = std::optional<Trouble>;
    auto before = load(key);
    if (!before) return before.error();
    auto clocks = KeptClocks::load(draft_, *before);
    if (!clocks) return clocks.error();
    const Time time = statement.time.value_or(arrival_.received_at);
    if (time > std::max(arrival_.received_at, draft_.now()) + kMaxAhead)
      return Answer(Trouble{fmt::format("says that it was so at {}, which is in the future; a clock is wrong",
                                        iso_millis(time)),
                            statement.time_field});
    const Stamp stamp{time_of(statement, time), statement.sequence};
    auto reconciled = reconcile(*before, clocks->take(), statement, stamp, time);
    if (!reconciled) return Answer(Trouble{reconciled.error().message, reconciled.error().field});
    for (const Finding& finding : reconciled->findings)
      outcome_.flags.push_back({std::string(to_string(finding.what)), finding.field, finding.message});

    Record after{.key = key, .document = std::move(reconciled->document)};
    after.deleted = is_deleted(key.kind, after.document);
    const Diff changes = diff(before->document, after.document);
    if (!changes.empty())
      if (auto refused = check_change(*before, after, changes); !refused || *refused) return refused;
    reconciled->clocks.version = before->version + (changes.empty() ? 0 : 1);
    clocks->keep(draft_, reconciled->clocks, after);
    if (!changes.empty()) {
      tell_change(*before, changes);
      put_step(draft_, *before, {changes, std::move(after)}, origin(statement), time);
    }
    if (reconciled->late || (changes.empty() && reconciled->outrun))
      outcome_.verdict = Verdict::stale;
    else
      outcome_.verdict = changes.empty() ? Verdict::no_change : Verdict::accepted;
    return Answer{};
  }

  /// The source's rules, and the values that no two records may share.
  Result<std::optional<Trouble>> check_change(const Record& before, const Record& after,
                                              const Diff& changes) {
    if (arrival_.replayed == nullptr)
      if (auto trouble = validation().check_conditions(before, after.document, changes)) return trouble;
    auto claimed = claim_values(draft_, before, after, changes);
    if (claimed) return std::optional<Trouble>{};
    if (!is_content_fault(claimed.error())) return claimed.error();
    return std::optional(Trouble{claimed.error().message, claimed.error().field});
  }

  void tell_change(const Record& before, const Diff& changes) {
    outcome_.version = before.version + 1;
    for (const FieldChange& change : changes)
      if (before.version > 0 || (change.new_value && !is_blank(*change.new_value)))
        outcome_.changed.push_back(dotted(change.path));
    if (before.version > 0) compare_attributes(changes);
  }

  /// A delta may be of any moment within the second that its sender told. It then counts as of the second's
  /// end, or what somebody wrote just before it would be taken for newer.
  static Time time_of(const Statement& statement, Time time) {
    const bool of_its_end =
        statement.whole_second && statement.nature == Statement::Nature::delta && statement.sequence == 0;
    return of_its_end ? time + std::chrono::seconds{1} - Millis{1} : time;
  }

  Origin origin(const Statement& statement) const {
    const std::string source = "source:" + source_.key.id;
    return {.actor = statement.actor.empty() ? source : source + "/" + statement.actor,
            .source = source,
            .receipt = arrival_.receipt};
  }

  void compare_attributes(const Diff& changes) {
    if (!outcome_.updated_attributes || outcome_.updated_attributes->empty()) return;
    std::set<std::string_view> ours;
    for (const FieldChange& change : changes) ours.insert(change.path.front());
    // Theirs may be dotted; what matters is the member.
    std::set<std::string_view> theirs;
    for (const std::string_view name : *outcome_.updated_attributes)
      theirs.insert(name.substr(0, name.find('.')));
    if (ours == theirs) return;
    outcome_.flags.push_back({"attributes_differ", "updatedAttributes",
                              fmt::format("the sender says that {} changed, here it was {}",
                                          fmt::join(theirs, ", "), fmt::join(ours, ", "))});
  }

  static constexpr std::chrono::minutes kMaxAhead{5};

  store::Draft& draft_;
  const Arrival& arrival_;
  const Source& source_;
  const std::size_t index_, count_;
  ItemOutcome outcome_{};
  std::optional<SeenStatement> seen_{};
  std::optional<std::string> new_link_{};  // the sender's id for a record that was found without it
};

}  // namespace

Result<Outcome> receive_items(store::Draft& draft, const Arrival& arrival, const std::vector<Item>& items) {
  Outcome outcome;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto item = ItemReception(draft, arrival, i, items.size()).run(items[i]);
    if (!item) return item.error();
    const bool erased = std::ranges::find(item->flags, kErasedFlag, &Flag::name) != item->flags.end();
    const bool refused = item->verdict == Verdict::rejected && !erased;
    outcome.items.push_back(*std::move(item));
    if (!refused) continue;
    outcome.reason = outcome.items.back().reason;
    outcome.field = outcome.items.back().field;
    outcome.whole = Verdict::rejected;
    return outcome;
  }
  return outcome;
}

std::vector<RecordKey> about(const Outcome& outcome) {
  std::set<RecordKey> records;
  for (const ItemOutcome& item : outcome.items)
    if (item.record && item.version == 0) records.insert(*item.record);
  return {records.begin(), records.end()};
}

}  // namespace deltapost::intake
