#include "api/guess_limit.hpp"

#include <algorithm>

#include "base/digest.hpp"

namespace deltapost::api {
namespace {

/// Not to be forged: who could make two guesses look like one would have more of them.
std::uint64_t digest_of(std::string_view secret) {
  const std::string digest = sha256(secret);
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(digest[i]);
  return number;
}

/// Only says which secret to look at; forging it wins nothing.
std::uint64_t pair_of(std::string_view address, std::string_view secret) {
  const std::uint64_t first = std::hash<std::string_view>{}(address);
  const std::uint64_t second = std::hash<std::string_view>{}(secret);
  return first ^ (second + 0x9e3779b97f4a7c15ULL + (first << 6) + (first >> 2));
}

}  // namespace

std::optional<GuessLimit::Refusal> GuessLimit::closed_to(std::string_view address, std::string_view secret,
                                                         Time now) {
  std::lock_guard lock(mutex_);
  if (by_address_.empty()) return std::nullopt;
  const auto found = by_address_.find(std::string(address));
  const bool counted = found != by_address_.end();
  if (!counted && by_address_.size() < kMaxAddresses) return std::nullopt;
  Guesses& guesses = counted ? found->second : rest_;
  if (guesses.different.size() < limit_ || now - guesses.since >= kWindow) return std::nullopt;
  const std::uint64_t pair = pair_of(address, secret);
  if (proven_.contains(pair) || proven_before_.contains(pair)) return std::nullopt;
  return refuse(guesses, now);
}

std::optional<GuessLimit::Refusal> GuessLimit::wrong(std::string_view address, std::string_view secret,
                                                     Time now) {
  if (limit_ == 0) return std::nullopt;
  const std::uint64_t digest = digest_of(secret);
  std::lock_guard lock(mutex_);
  Guesses& guesses = of(std::string(address), now);
  if (guesses.different.size() < limit_) guesses.different.insert(digest);
  if (guesses.wrong <= limit_) ++guesses.wrong;
  if (guesses.wrong <= limit_) return std::nullopt;
  return refuse(guesses, now);
}

void GuessLimit::right(std::string_view address, std::string_view secret) {
  if (limit_ == 0) return;
  const std::uint64_t pair = pair_of(address, secret);
  std::lock_guard lock(mutex_);
  if (!proven_.insert(pair).second || proven_.size() < kMaxProven / 2) return;
  proven_before_ = std::move(proven_);
  proven_.clear();
}

GuessLimit::Refusal GuessLimit::refuse(Guesses& guesses, Time now) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(guesses.since + kWindow - now);
  return {.wait = std::max(left, std::chrono::seconds(1)), .first = !std::exchange(guesses.told, true)};
}

GuessLimit::Guesses& GuessLimit::of(const std::string& address, Time now) {
  const auto over = [now](const Guesses& guesses) { return now - guesses.since >= kWindow; };
  auto found = by_address_.find(address);
  if (found == by_address_.end() && by_address_.size() >= kMaxAddresses)
    std::erase_if(by_address_, [&](const auto& entry) { return over(entry.second); });
  const bool fits = found != by_address_.end() || by_address_.size() < kMaxAddresses;
  Guesses& guesses = fits ? by_address_[address] : rest_;
  if (over(guesses)) guesses = {.since = now};
  return guesses;
}

}  // namespace deltapost::api
