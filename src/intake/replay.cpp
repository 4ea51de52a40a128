#include "intake/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "intake/past_sources.hpp"
#include "intake/receipt_walk.hpp"
#include "intake/reception.hpp"
#include "intake/writer.hpp"
#include "record/diff.hpp"
#include "store/history.hpp"

namespace deltapost::intake {
namespace {

/// What has to be there before receipts can be replayed, in this order.
constexpr std::array kCopied{Kind::account, Kind::api_key, Kind::source};

class Replay {
 public:
  Replay(store::Store& from, store::GroupCommitter& committer, bool elsewhere)
      : from_(from), committer_(committer), elsewhere_(elsewhere), sources_(from) {}

  Result<ReplayReport> run() {
    auto walk = ReceiptWalk::over_all_accounts(from_);
    if (!walk) return walk.error();
    for (;;) {
      auto receipt = walk->next();
      if (!receipt) return receipt.error();
      if (!*receipt) return std::move(report_);
      if (auto done = replay_receipt(**receipt); !done) return done.error();
    }
  }

 private:
  Result<void> replay_receipt(const store::Receipt& receipt) {
    ++report_.receipts;
    std::vector<Decided> decided = decided_items(receipt.account, receipt.outcome);
    const bool had_none =
        receipt.verdict == Verdict::rejected || std::ranges::none_of(decided, &Decided::had_effect);
    if (had_none || receipt.body.empty()) return elsewhere_ ? copy(receipt) : ok();
    if (!elsewhere_) {
      ++report_.processed;
      auto missing = leave_only_lost(decided);
      if (!missing) return missing.error();
      if (!*missing) return ok();
    }
    auto source = sources_.at(receipt);
    if (!source) return source.error();
    auto headers = parse_json_object(receipt.headers);
    const auto header = [&](std::string_view name) -> std::optional<std::string_view> {
      const Json* value = headers ? headers->if_contains(name) : nullptr;
      if (value == nullptr || !value->is_string()) return std::nullopt;
      return std::string_view(value->get_string());
    };
    const auto items =
        format::parse_inbound((*source)->format, (*source)->mapping,
                              {.body = receipt.body, .header = header, .received_at = receipt.at},
                              {.max_items = kMaxSourceItems, .max_bytes = kMaxSourceBodyBytes});
    if (!items || items->size() != decided.size()) {
      differs(receipt, items ? fmt::format("it had {} items, now it has {}", decided.size(), items->size())
                             : "it cannot be read any more: " + items.error().message);
      return elsewhere_ ? copy(receipt) : ok();
    }
    if (elsewhere_) ++report_.processed;
    const bool standard = (*source)->verifier.scheme == format::Scheme::standard;
    Outcome outcome;
    auto done = committer_.run([&](store::Draft& draft) -> Result<void> {
      const Arrival arrival{.source = **source,
                            .receipt = receipt.number,
                            .received_at = receipt.at,
                            .signed_id = standard ? std::string(header("webhook-id").value_or("")) : "",
                            .replayed = &decided};
      auto received = receive_items(draft, arrival, *items);
      if (!received) return received.error();
      outcome = *std::move(received);
      if (outcome.verdict() == Verdict::rejected) return Error{Fault::invalid, outcome.reason};
      if (elsewhere_) draft.put(receipt);
      return ok();
    });
    if (!done && done.error().fault != Fault::invalid) return done;
    for (const ItemOutcome& item : outcome.items) report_.changes += item.version > 0 ? 1 : 0;
    if (elsewhere_ && outcome.verdict() != receipt.verdict)
      differs(receipt, fmt::format("it was {}, now it is {}", to_string(receipt.verdict),
                                   to_string(outcome.verdict())));
    return ok();
  }

  /// The store has what an item made, unless its record is behind that; from then on, all that came about the
  /// record is processed again. False: nothing of the receipt is.
  Result<bool> leave_only_lost(std::vector<Decided>& decided) {
    bool missing = false;
    for (Decided& item : decided) {
      if (!item.record || !item.had_effect()) continue;
      auto stored = from_.find(*item.record);
      if (!stored) return stored.error();
      if ((*stored ? (*stored)->version : 0) < item.version) lost_.insert(*item.record);
      if (lost_.contains(*item.record))
        missing = true;
      else
        item.verdict = Verdict::duplicate;
    }
    return missing;
  }

  Result<void> copy(const store::Receipt& receipt) {
    return committer_.run([&](store::Draft& draft) -> Result<void> {
      draft.put(receipt);
      return ok();
    });
  }

  void differs(const store::Receipt& receipt, const std::string& how) {
    if (report_.differing++ < kMaxListedDifferences)
      report_.differences.push_back(fmt::format("receipt {}: {}", receipt_id(receipt.number), how));
  }

  store::Store& from_;
  store::GroupCommitter& committer_;
  const bool elsewhere_;
  PastSources sources_;
  std::set<RecordKey> lost_;
  ReplayReport report_;
};

Result<void> refuse_unless_empty(store::Store& store) {
  for (const Kind kind : kAllKinds) {
    auto rows = store.list_all(kind);
    if (!rows) return rows.error();
    if (!rows->empty())
      return Error{
          Fault::conflict,
          fmt::format("the store to replay into holds a {} already; name a new file", to_string(kind))};
  }
  return ok();
}

Result<void> copy_kind(store::Store& from, store::GroupCommitter& committer, Kind kind) {
  auto rows = from.list_all(kind);
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    auto record = store::to_record(row);
    if (!record) return record.error();
    auto sealed = from.secret_of(row.key);
    if (!sealed) return sealed.error();
    auto done = committer.run([&](store::Draft& draft) -> Result<void> {
      Record copy{.key = record->key, .document = record->document, .deleted = record->deleted};
      Diff changes = diff({}, copy.document);
      put_step(draft, {.key = record->key}, {std::move(changes), std::move(copy)},
               {.actor = "system:replay", .source = "replay"}, record->updated_at);
      if (*sealed) draft.put(store::SecretRow{record->key, **sealed});
      return ok();
    });
    if (!done) return done;
  }
  return ok();
}

/// Leads and contacts of all accounts of a store.
Result<std::map<RecordKey, store::StoredRecord>> records_of(store::Store& store) {
  std::map<RecordKey, store::StoredRecord> records;
  for (const Kind kind : {Kind::lead, Kind::contact}) {
    auto rows = store.list_all(kind);
    if (!rows) return rows.error();
    for (auto& row : *rows) records.emplace(row.key, std::move(row));
  }
  return records;
}

bool is_erased(const store::StoredRecord& row) {
  if (!row.deleted) return false;
  const auto record = store::to_record(row);
  return record && record->document.contains("erasedAt");
}

bool same_record(const store::StoredRecord& a, const store::StoredRecord& b) {
  auto one = store::to_record(a), other = store::to_record(b);
  return one && other && same_json(Json(one->document), Json(other->document)) &&
         one->updated_at == other->updated_at;
}

}  // namespace

Result<ReplayReport> replay(store::Store& store, store::GroupCommitter& committer) {
  return Replay(store, committer, false).run();
}

Result<ReplayReport> replay_into(store::Store& from, store::Store& into, store::GroupCommitter& committer) {
  if (auto empty = refuse_unless_empty(into); !empty) return empty.error();
  for (const Kind kind : kCopied)
    if (auto copied = copy_kind(from, committer, kind); !copied) return copied.error();
  return Replay(from, committer, true).run();
}

Result<std::vector<std::string>> differing_records(store::Store& a, store::Store& b, std::size_t limit) {
  auto ours = records_of(a);
  if (!ours) return ours.error();
  auto theirs = records_of(b);
  if (!theirs) return theirs.error();
  std::vector<std::string> differences;
  const auto differ = [&](const RecordKey& key, std::string_view how) {
    if (differences.size() < limit)
      differences.push_back(
          fmt::format("{} {} of account {} {}", to_string(key.kind), wire_id(key), key.account.text(), how));
  };
  for (const auto& [key, row] : *ours) {
    const auto other = theirs->find(key);
    if (other == theirs->end() && is_erased(row)) continue;
    if (other == theirs->end())
      differ(key, "is only in the first store");
    else if (!same_record(row, other->second))
      differ(key, "is not the same in both");
  }
  for (const auto& [key, row] : *theirs)
    if (!ours->contains(key) && !is_erased(row)) differ(key, "is only in the second store");
  return differences;
}

}  // namespace deltapost::intake
