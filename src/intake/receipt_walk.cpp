#include "intake/receipt_walk.hpp"

#include <algorithm>
#include <iterator>

namespace deltapost::intake {
namespace {

constexpr std::size_t kAhead = 200;  // receipts read ahead, of all accounts together

}  // namespace

Result<ReceiptWalk> ReceiptWalk::over_all_accounts(store::Store& store) {
  auto accounts = store.list_all(Kind::account);
  if (!accounts) return accounts.error();
  ReceiptWalk walk(store);
  for (const auto& account : *accounts) {
    walk.parts_.push_back({.query = {.account = account.key.account,
                                     .oldest_first = true,
                                     .bodies = true,
                                     .limit = std::max<std::size_t>(kAhead / accounts->size(), 1)}});
  }
  return walk;
}

Result<std::optional<store::Receipt>> ReceiptWalk::next() {
  Part* first = nullptr;
  for (Part& part : parts_) {
    if (auto filled = fill(part); !filled) return filled.error();
    if (!part.ahead.empty() && (first == nullptr || part.ahead.front().number < first->ahead.front().number))
      first = &part;
  }
  if (first == nullptr) return std::optional<store::Receipt>{};
  std::optional receipt = std::move(first->ahead.front());
  first->ahead.pop_front();
  return receipt;
}

Result<void> ReceiptWalk::fill(Part& part) {
  while (part.ahead.empty() && !part.ended) {
    auto page = store_->receipts(part.query);
    if (!page) return page.error();
    std::ranges::move(page->receipts, std::back_inserter(part.ahead));
    part.query.after = page->next;
    part.ended = page->next == 0;
  }
  return ok();
}

}  // namespace deltapost::intake
