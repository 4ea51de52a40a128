// The hot operations, each many times over on fixed input, for callgrind to count: see run.sh. Prints each
// operation's name and how often it was done; its instructions are in the profile that callgrind dumps under
// that name.
//
// No clock, no chance, and no thread but the committer's, which begins when all its work is waiting: each run
// does the same.
#include <fmt/format.h>
#include <valgrind/callgrind.h>

#include <functional>
#include <string>

#include "bench/support/handing.hpp"
#include "bench/support/receiving.hpp"
#include "bench/support/samples.hpp"
#include "bench/support/writing.hpp"
#include "delivery/outgoing.hpp"
#include "store/memory/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/support/temp_dir.hpp"

namespace deltapost::bench {
namespace {

constexpr std::size_t kRounds = 64;

/// `operation` does `times` of what is measured, with what `prepare` made. Done once before, so that what is
/// made at first need is there.
void count(
    const std::string& name, std::size_t times, const std::function<void()>& operation,
    const std::function<void()>& prepare = [] {}) {
  prepare();
  operation();
  prepare();
  CALLGRIND_START_INSTRUMENTATION;
  operation();
  CALLGRIND_STOP_INSTRUMENTATION;
  CALLGRIND_DUMP_STATS_AT(name.c_str());
  fmt::print("{} {}\n", name, times);
}

void repeat(const std::string& name, const std::function<void()>& operation) {
  count(name, kRounds, [&] {
    for (std::size_t round = 0; round < kRounds; ++round) operation();
  });
}

void count_write(const std::string& name, store::Store& store, Kind kind) {
  Writing writing(store, kind);
  count(name, 2 * kGroup, [&] {
    writing.update_all();
    writing.update_all();
  });
}

void count_writes() {
  for (const auto& [name, kind] : {std::pair{"lead", Kind::lead}, {"contact", Kind::contact}}) {
    store::MemoryStore memory;
    count_write(fmt::format("write_{}", name), memory, kind);
    const testing::TempDir folder(testing::TempDir::Where::memory);  // syncing is no instruction
    const auto sqlite = good(store::SqliteStore::open({.path = folder.file("guard.db")}));
    count_write(fmt::format("write_{}_sqlite", name), *sqlite, kind);
  }
}

void count_request(const std::string& name, format::Format format, Kind kind) {
  store::MemoryStore store;
  delivery::DocumentReader documents(store);
  const auto row = std::make_shared<const store::LogEntry>(row_of(kind, 1, 2));
  const auto endpoint = endpoint_of(0, format);
  repeat(name, [&] {
    const delivery::LoggedChange change(row, documents);
    const auto& event = change.events()->front();
    const auto body = good(change.render(0, format, {}, kNow));
    const auto request = delivery::outgoing(endpoint, event, *body, change.version, 1, kNow);
    DP_CHECK(!request.lines.text().empty());
  });
}

void count_webhook(const std::string& name, format::InboundFormat format, std::string_view verifier) {
  const auto hook = webhook_of(format, verifier);
  repeat(name, [&] {
    DP_CHECK(hook.verify().has_value());
    DP_CHECK(good(hook.parse()).front().statement.has_value());
  });
}

void count_receive() {
  store::MemoryStore store;
  Receiving receiving(store);
  count(
      "receive_iclosed", kGroup, [&] { receiving.receive_all(); }, [&] { receiving.prepare(); });
}

void count_hand_out(const std::string& name, std::size_t endpoints) {
  Handing handing(endpoints);
  count(name, kPage, [&] { DP_CHECK(handing.hand_out() == endpoints * kPage); });
}

void count_all() {
  count_writes();
  count_request("request_apten", format::Format::apten, Kind::lead);
  count_request("request_iclosed", format::Format::iclosed, Kind::contact);
  count_webhook("webhook_apten", format::InboundFormat::apten, R"("apten")");
  count_webhook("webhook_iclosed", format::InboundFormat::iclosed, R"("standard")");
  count_receive();
  count_hand_out("hand_out_1", 1);
  count_hand_out("hand_out_100", 100);
}

}  // namespace
}  // namespace deltapost::bench

int main() {
  deltapost::bench::count_all();
}
