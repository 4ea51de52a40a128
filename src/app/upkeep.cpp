#include "app/upkeep.hpp"

#include "app/log.hpp"
#include "store/history.hpp"

namespace deltapost::app {
namespace {

constexpr Millis kUpkeepEvery = std::chrono::minutes{5};

int days_of(const JsonObject& retention, std::string_view name, int fallback) {
  const Json* days = retention.if_contains(name);
  return days != nullptr && days->is_int64() ? static_cast<int>(days->get_int64()) : fallback;
}

std::optional<Time> before(Time now, int days) {
  if (days == 0) return std::nullopt;
  return now - std::chrono::days{days};
}

Result<void> retain_account(store::Store& store, const Record& account, Time now,
                            const RetentionDays& fallback) {
  const RetentionDays days = retention_of(account.document, fallback);
  store::Retention retention{.account = account.key.account,
                             .receipts_before = before(now, days.receipts),
                             .attempts_before = before(now, days.attempts),
                             .changes_before = before(now, days.changes)};
  constexpr std::size_t kPage = 500;
  for (std::string after;;) {
    auto endpoints = store.list(account.key.account, Kind::endpoint, after, kPage);
    if (!endpoints) return endpoints.error();
    for (const auto& endpoint : *endpoints) retention.endpoints.emplace_back(endpoint.key.id);
    if (endpoints->size() < kPage) break;
    after = endpoints->back().key.id;
  }
  auto forgotten = store.retain(retention);
  if (!forgotten) return forgotten.error();
  if (forgotten->receipts + forgotten->attempts + forgotten->changes > 0)
    log(Level::info, "retention",
        {{"account", account.key.account.text()},
         {"receipts", forgotten->receipts},
         {"attempts", forgotten->attempts},
         {"changes", forgotten->changes}});
  return ok();
}

}  // namespace

RetentionDays retention_of(const JsonObject& account, const RetentionDays& fallback) {
  const Json* own = account.if_contains("retention");
  if (own == nullptr || !own->is_object()) return fallback;
  const JsonObject& days = own->get_object();
  return {.receipts = days_of(days, "receiptsDays", fallback.receipts),
          .attempts = days_of(days, "attemptsDays", fallback.attempts),
          .changes = days_of(days, "changesDays", fallback.changes)};
}

Result<void> keep_up(store::Store& store, Time now, const RetentionDays& fallback) {
  if (auto dropped = store.drop_expired(now); !dropped) return dropped.error();
  auto accounts = store.list_all(Kind::account);
  if (!accounts) return accounts.error();
  for (const auto& stored : *accounts) {
    auto account = store::to_record(stored);
    if (!account) return account.error();
    if (auto done = retain_account(store, *account, now, fallback); !done) return done;
  }
  return ok();
}

void start_upkeep(store::Store& store, const Clock& clock, net::Loop& loop, const RetentionDays& fallback) {
  loop.after(kUpkeepEvery, [&store, &clock, &loop, fallback] {
    if (auto done = keep_up(store, clock.now(), fallback); !done)
      log(Level::warn, "upkeep failed", {{"error", done.error().message}});
    start_upkeep(store, clock, loop, fallback);
  });
}

}  // namespace deltapost::app
