#include "app/bench/seed.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/bench/samples.hpp"
#include "app/signals.hpp"
#include "intake/uniques.hpp"
#include "intake/writer.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::uint32_t kRecordsPerCommit = 5'000;
constexpr std::chrono::minutes kLease{1};
const Origin kOrigin{.actor = "system:bench", .source = "import"};

/// The record that is made in full. All others are its copies with their own number in place of this one.
constexpr std::uint32_t kPattern = 987'654'321;

void renumber(std::string& text, std::uint32_t number) {
  static const std::string pattern = std::to_string(kPattern);
  const std::string digits = fmt::format("{:09}", number);
  for (std::size_t at = text.find(pattern); at != std::string::npos; at = text.find(pattern, at))
    text.replace(at, digits.size(), digits);
}

Result<JsonObject> make(Kind kind, const std::string& id, Time now) {
  if (kind == Kind::lead) return lead::create(sample_input(kind, kPattern), id, now);
  return contact::create(sample_input(kind, kPattern), std::stoull(id), "contact_" + id, now);
}

/// What making the record adds to a commit.
Result<store::Batch> pattern_batch(store::Store& store, const AccountId& account, Kind kind, Time now) {
  store::Draft draft(store, now);
  const std::string id = sample_id(kind, kPattern);
  Record after{.key = {account, kind, kind == Kind::contact ? contact_key_id(std::stoull(id)) : id}};
  auto document = make(kind, id, now);
  if (!document) return document.error();
  after.document = *std::move(document);
  const Record before{.key = after.key};
  Diff changes = diff({}, after.document);
  if (auto claimed = intake::claim_values(draft, before, after, changes); !claimed) return claimed.error();
  intake::put_step(draft, before, {std::move(changes), std::move(after)}, kOrigin);
  return draft.batch();
}

void add_copy(const store::Batch& pattern, std::uint32_t number, store::Batch& batch) {
  store::RecordWrite write = pattern.writes.front();
  renumber(write.entry.key.id, number);
  renumber(write.entry.changes, number);
  std::string document = *write.entry.document;
  renumber(document, number);
  write.entry.document = std::make_shared<const std::string>(std::move(document));
  batch.writes.push_back(std::move(write));
  for (store::UniqueClaim claim : pattern.claims) {
    renumber(claim.unique.value, number);
    renumber(claim.holder, number);
    batch.claims.push_back(std::move(claim));
  }
}

/// Delivery has passed by all of it, as it would have if the records had come one by one.
Result<void> move_cursor_to_head(store::Store& store, Time now) {
  auto head = store.head(0);
  if (!head) return head.error();
  auto lease = store.claim_lease(0, "bench", kLease, now);
  if (!lease) return lease.error();
  if (!*lease)
    return Error{.fault = Fault::unavailable,
                 .message = "the store to be seeded is delivered by another process"};
  store::Batch batch;
  batch.progress.push_back(std::make_shared<const store::DeliveryProgress>(
      store::DeliveryProgress{.part = 0, .epoch = (*lease)->epoch, .cursor = *head}));
  if (auto committed = store.commit(batch); !committed) return committed.error();
  return store.release_lease(**lease);
}

}  // namespace

Result<void> seed(const std::string& store_file, Kind kind, std::uint32_t count) {
  auto store = store::SqliteStore::open({.path = store_file, .create_if_missing = false});
  if (!store) return store.error();
  auto accounts = (*store)->list_all(Kind::account);
  if (!accounts) return accounts.error();
  if (accounts->size() != 1)
    return Error{.fault = Fault::invalid, .message = "the store to be seeded must have one account"};
  const Time now = SystemClock().now();
  auto pattern = pattern_batch(**store, accounts->front().key.account, kind, now);
  if (!pattern) return pattern.error();
  for (std::uint32_t number = 0; number < count;) {
    if (StopSignal::pending()) return Error{.fault = Fault::unavailable, .message = "it was stopped"};
    store::Batch batch;
    for (const std::uint32_t end = std::min(count, number + kRecordsPerCommit); number < end; ++number)
      add_copy(*pattern, number, batch);
    if (auto committed = (*store)->commit(batch); !committed) return committed.error();
  }
  return move_cursor_to_head(**store, now);
}

}  // namespace deltapost::app::bench
