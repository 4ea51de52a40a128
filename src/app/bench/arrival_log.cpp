#include "app/bench/arrival_log.hpp"

#include <charconv>
#include <chrono>

namespace deltapost::app::bench {
namespace {

constexpr std::size_t kUsualRun = 1 << 20;
/// What no record and no endpoint is: the judge will find it unasked for.
constexpr std::uint32_t kUnknown = ~std::uint32_t{0};

std::uint32_t number_at(std::string_view text, std::size_t at) {
  std::uint32_t value = kUnknown;
  if (at < text.size()) std::from_chars(text.data() + at, text.data() + text.size(), value);
  return value;
}

}  // namespace

std::int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds{1};
}

ArrivalLog::ArrivalLog(std::string id_mark, std::uint32_t counted)
    : id_mark_(std::move(id_mark)), counted_(counted) {
  all_.reserve(kUsualRun);
}

void ArrivalLog::note(std::string_view path, std::uint64_t version, std::string_view body) {
  const std::int64_t now = now_ns();
  const std::size_t mark = body.find(id_mark_);
  const std::uint32_t endpoint = number_at(path, 1), record = mark == std::string_view::npos
                                                                  ? kUnknown
                                                                  : number_at(body, mark + id_mark_.size());
  all_.push_back({now, endpoint, record, static_cast<std::uint32_t>(version)});
  if (endpoint >= counted_) return;
  last_ns_.store(now, std::memory_order_relaxed);
  count_.store(count() + 1, std::memory_order_relaxed);
}

}  // namespace deltapost::app::bench
