#include "intake/replay.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>

#include "base/check.hpp"
#include "intake/reception.hpp"
#include "intake/writer.hpp"
#include "record/diff.hpp"
#include "store/history.hpp"

namespace deltapost::intake {
namespace {

constexpr std::size_t kPage = 200;

/// What has to be there before receipts can be replayed, in this order.
constexpr std::array kCopied{Kind::account, Kind::api_key, Kind::source};

class Replay {
 public:
  Replay(store::Store& from, store::GroupCommitter& committer, bool elsewhere)
      : from_(from), committer_(committer), elsewhere_(elsewhere) {}

  Result<ReplayReport> run() {
    auto accounts = from_.list_all(Kind::account);
    if (!accounts) return accounts.error();
    for (const auto& account : *accounts)
      if (auto done = replay_account(account.key.account); !done) return done.error();
    return std::move(report_);
  }

 private:
  Result<void> replay_account(const AccountId& account) {
    store::ReceiptQuery query{.account = account, .oldest_first = true, .bodies = true, .limit = kPage};
    do {
      auto page = from_.receipts(query);
      if (!page) return page.error();
      for (const store::Receipt& receipt : page->receipts)
        if (auto done = replay_receipt(receipt); !done) return done;
      query.after = page->next;
    } while (query.after != 0);
    return ok();
  }

  Result<void> replay_receipt(const store::Receipt& receipt) {
    ++report_.receipts;
    const bool had_no_effect =
        receipt.verdict == Verdict::rejected || receipt.verdict == Verdict::quarantined;
    if (had_no_effect || receipt.body.empty()) return elsewhere_ ? copy(receipt) : ok();
    auto source = source_at(receipt);
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
    if (!items) {
      differs(receipt, "it cannot be read any more: " + items.error().message);
      return elsewhere_ ? copy(receipt) : ok();
    }
    ++report_.processed;
    const bool standard = (*source)->verifier.scheme == format::Scheme::standard;
    Outcome outcome;
    auto done = committer_.run([&](store::Draft& draft) -> Result<void> {
      const Arrival arrival{.source = **source,
                            .receipt = receipt.number,
                            .received_at = receipt.at,
                            .released = receipt.outcome.find("\"releases\"") != std::string::npos,
                            .signed_id = standard ? std::string(header("webhook-id").value_or("")) : ""};
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

  /// The source as it was when the receipt came: its mapping and rules may have changed since.
  Result<std::shared_ptr<const Source>> source_at(const store::Receipt& receipt) {
    const RecordKey key{receipt.account, Kind::source, receipt.source};
    auto record = store::at_time(from_, key, receipt.at);
    if (!record) return record.error();
    if (!*record)
      return Error{Fault::corrupt, fmt::format("receipt {} came through source {}, which did not exist then",
                                               receipt_id(receipt.number), receipt.source)};
    auto& known = sources_[{key, (*record)->version}];
    if (!known) {
      // Signatures were judged when it came; no secret is needed to read it again.
      auto source =
          load_source(**record, source_secrets_to_text({.tokens = {{"", std::nullopt}}, .secrets = {}}));
      if (!source) return source.error();
      known = std::make_shared<const Source>(*std::move(source));
    }
    return known;
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
  std::map<std::pair<RecordKey, Version>, std::shared_ptr<const Source>> sources_;
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
      put_step(draft, {.key = record->key}, diff({}, copy.document), copy,
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
    if (other == theirs->end())
      differ(key, "is only in the first store");
    else if (!same_record(row, other->second))
      differ(key, "is not the same in both");
  }
  for (const auto& [key, row] : *theirs)
    if (!ours->contains(key)) differ(key, "is only in the second store");
  return differences;
}

}  // namespace deltapost::intake
