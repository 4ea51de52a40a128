#include "app/bench/seed.hpp"

#include <algorithm>

#include "app/bench/samples.hpp"
#include "intake/uniques.hpp"
#include "intake/writer.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::uint32_t kRecordsPerCommit = 10'000;
const Origin kOrigin{.actor = "system:bench", .source = "import"};

Result<JsonObject> make(Kind kind, std::uint32_t number, const std::string& id, Time now) {
  if (kind == Kind::lead) return lead::create(sample_input(kind, number), id, now);
  return contact::create(sample_input(kind, number), std::stoull(id), "contact_" + id, now);
}

Result<void> put(store::Draft& draft, const AccountId& account, Kind kind, std::uint32_t number) {
  const std::string id = sample_id(kind, number);
  Record after{.key = {account, kind, kind == Kind::contact ? contact_key_id(std::stoull(id)) : id}};
  auto document = make(kind, number, id, draft.now());
  if (!document) return document.error();
  after.document = *std::move(document);
  const Record before{.key = after.key};
  if (auto claimed = intake::claim_values(draft, before, after); !claimed) return claimed;
  intake::put_step(draft, before, diff({}, after.document), after, kOrigin);
  return ok();
}

}  // namespace

Result<void> seed(const std::string& store_file, Kind kind, std::uint32_t count) {
  auto store = store::SqliteStore::open({.path = store_file, .create_if_missing = false});
  if (!store) return store.error();
  auto accounts = (*store)->list_all(Kind::account);
  if (!accounts) return accounts.error();
  if (accounts->size() != 1)
    return Error{.fault = Fault::invalid, .message = "the store to be seeded must have one account"};
  const AccountId account = accounts->front().key.account;
  const SystemClock clock;
  for (std::uint32_t number = 0; number < count;) {
    store::Draft draft(**store, clock.now());
    for (const std::uint32_t end = std::min(count, number + kRecordsPerCommit); number < end; ++number)
      if (auto made = put(draft, account, kind, number); !made) return made;
    if (auto committed = (*store)->commit(draft.batch()); !committed) return committed.error();
  }
  return ok();
}

}  // namespace deltapost::app::bench
