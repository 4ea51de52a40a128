#include "faulty_workload.hpp"

#include <algorithm>

#include "store/group_committer.hpp"
#include "store/verify.hpp"
#include "support/manual_clock.hpp"
#include "support/store_rows.hpp"

namespace deltapost::testing {

using namespace store;  // NOLINT: a store's words

namespace {

const AccountId kAccount{"acme"};
const EndpointId kEndpoint{"ep"};

std::string name_of_job(int group, int job) {
  return "job" + std::to_string(group) + "-" + std::to_string(job);
}

RecordKey shared_record() {
  return lead_key("shared");
}

RecordWrite bump(Version version) {
  auto write = write_of(shared_record(), version);
  if (version > 1)
    write.entry.changes =
        R"({"v":{"old":)" + std::to_string(version - 1) + R"(,"new":)" + std::to_string(version) + "}}";
  return write;
}

RecordWrite creation(const std::string& name) {
  const std::string text(1500, 'x');  // a few jobs fill a page
  auto write = write_of(lead_key(name), 1, R"({"phone":")" + name + R"(","text":")" + text + R"("})");
  write.entry.changes = R"({"phone":{"new":")" + name + R"("},"text":{"new":")" + text + R"("}})";
  return write;
}

/// Takes the shared record one version further and makes a record of its own, with all that may stand beside
/// it.
Result<void> do_job(Draft& draft, const std::string& name) {
  auto shared = draft.find(shared_record());
  if (!shared) return shared.error();
  auto number = draft.next_receipt(0);
  if (!number) return number.error();

  draft.put(bump(*shared ? (*shared)->version + 1 : 1));
  draft.put(creation(name));
  draft.claim({phone_of(name), name});
  draft.put(IdempotencyRow{kAccount, name, "f", "r", after_ms(1'000'000)});
  draft.put(SecretRow{lead_key(name), "sealed"});
  Receipt receipt = receipt_of(1);
  receipt.number = *number;
  receipt.body = name;
  draft.put(std::move(receipt));
  draft.put(SeenRow{kAccount, "s1", name, name, *number, after_ms(0)});  // expired: upkeep drops it
  draft.put(ClocksRow{lead_key(name), "clocks of " + name});
  DeliveryProgress progress{.cursor = *number};
  Attempt attempt;
  attempt.delivery = {kEndpoint, 0, 1, 0};
  attempt.event_id = name;
  progress.attempts = {attempt};
  draft.put(testing::shared(std::move(progress)));
  return ok();
}

/// How many of a job's traces are there, of how many.
struct Traces {
  int found = 0, expected = 0;
  void add(bool there) {
    ++expected;
    found += there ? 1 : 0;
  }
};

template <class T>
bool holds(const Result<std::optional<T>>& result, const T& wanted) {
  return result && *result && **result == wanted;
}

}  // namespace

std::unique_ptr<SqliteStore> FaultyWorkload::open() {
  auto store = SqliteStore::open({.path = path_,
                                  .readers = 2,
                                  .writer_cache_bytes = 20'000,
                                  .reader_cache_bytes = 8'000,
                                  .checkpoint_pages = 20,
                                  .vfs = vfs_});
  if (store) return *std::move(store);
  refusals_.push_back(store.error());
  return nullptr;
}

void FaultyWorkload::run() {
  if (const auto store = open()) work(*store, 0, kGroups);
  if (const auto store = open()) work(*store, kGroups, 1);
}

void FaultyWorkload::note(const Result<void>& result) {
  if (!result) refusals_.push_back(result.error());
}

void FaultyWorkload::work(SqliteStore& store, int first_group, int groups) {
  for (int group = first_group; group < first_group + groups; ++group) {
    run_group(store, group);
    const auto read = store.find(lead_key(name_of_job(0, 0)));
    if (!read) note(read.error());
    const auto dropped = group % 3 == 1 ? store.drop_expired(after_ms(1)) : Result<std::size_t>(0);
    if (!dropped) note(dropped.error());
    if (group % 4 == 3) note(store.scrub());
  }
}

void FaultyWorkload::run_group(SqliteStore& store, int group) {
  ManualClock clock(kSomeTime);
  GroupCommitter committer(store, clock);
  std::vector<std::optional<Result<void>>> results(kJobsPerGroup);
  const bool was_final = store.trouble() && store.trouble()->final;
  for (int job = 0; job < kJobsPerGroup; ++job) {
    const auto submitted = committer.submit(
        [name = name_of_job(group, job)](Draft& draft) { return do_job(draft, name); },
        [&result = results[static_cast<std::size_t>(job)]](const Result<void>& done) { result = done; });
    if (!submitted) note(submitted.error());
  }
  committer.start();  // all that waits is one group
  committer.stop();
  for (int job = 0; job < kJobsPerGroup; ++job) {
    const auto& result = results[static_cast<std::size_t>(job)].value();
    note(result);
    if (!result) continue;
    acknowledged_.push_back(name_of_job(group, job));
    acknowledged_in_spite_ += was_final ? 1 : 0;
  }
}

std::vector<std::string> FaultyWorkload::problems_at(const std::string& path) const {
  auto opened = SqliteStore::open({.path = path, .readers = 1});
  if (!opened) return {"cannot be opened: " + opened.error().message};
  SqliteStore& store = **opened;
  const auto report = verify(store);
  if (!report) return {"cannot be verified: " + report.error().message};
  std::vector<std::string> problems = report->problems;

  std::uint64_t applied = 0;
  for (int group = 0; group <= kGroups; ++group) {
    for (int job = 0; job < kJobsPerGroup; ++job) {
      const std::string name = name_of_job(group, job);
      Traces traces;
      const auto record = store.find(lead_key(name));
      traces.add(record && *record && (*record)->version == 1);
      traces.add(holds(store.holder_of(phone_of(name)), name));
      const auto answer = store.idempotency(kAccount, name);
      traces.add(answer && *answer);
      traces.add(holds<std::string>(store.secret_of(lead_key(name)), "sealed"));
      traces.add(holds<std::string>(store.clocks_of(lead_key(name)), "clocks of " + name));
      if (traces.found != 0 && traces.found != traces.expected)
        problems.push_back(name + " is there by half: " + std::to_string(traces.found) + " of " +
                           std::to_string(traces.expected));
      const bool acknowledged = std::ranges::find(acknowledged_, name) != acknowledged_.end();
      if (acknowledged && traces.found == 0) problems.push_back(name + " was acknowledged and is gone");
      applied += traces.found > 0 ? 1 : 0;
    }
  }
  const auto expect = [&](std::string_view what, std::uint64_t found) {
    if (found != applied)
      problems.push_back(std::to_string(applied) + " jobs are there, but " + std::to_string(found) + " " +
                         std::string(what));
  };
  const auto shared = store.find(shared_record());
  expect("versions of the record that all of them change", shared && *shared ? (*shared)->version : 0);
  const auto receipts = store.receipts({.account = kAccount, .limit = 1000});
  expect("receipts", receipts ? receipts->receipts.size() : 0);
  const auto attempts = store.attempts(kEndpoint, 0, 1000);
  expect("attempts", attempts ? attempts->size() : 0);
  const auto state = store.delivery_state(0);
  expect("as the cursor", state ? state->cursor : 0);
  if (!store.commit(batch_of({bump(applied + 1)}))) problems.push_back("takes no more changes");
  return problems;
}

}  // namespace deltapost::testing
