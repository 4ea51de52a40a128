#include "intake/seen.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/digest.hpp"
#include "intake/reception.hpp"

namespace deltapost::intake {
namespace {

using format::Statement;

constexpr std::size_t kDigest = 16;

std::string key_of(const Statement& statement, std::string_view event_id) {
  if (!event_id.empty()) return digest_of({"id", event_id}).substr(0, kDigest);
  if (!statement.time) return {};
  const std::string_view id = statement.subject ? std::string_view(statement.subject->id) : "";
  return digest_of({"content", id, iso_millis(*statement.time), std::to_string(statement.sequence),
                    statement.content})
      .substr(0, kDigest);
}

}  // namespace

std::string digest_of(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    fmt::format_to(std::back_inserter(text), "{}:", part.size());
    text.append(part) += ',';
  }
  return sha256(text);
}

SeenStatement::SeenStatement(const Source& source, const Statement& statement, std::string_view event_id)
    : source_(source), statement_(statement), by_id_(!event_id.empty()), key_(key_of(statement, event_id)) {}

Result<std::optional<store::SeenRow>> SeenStatement::look_up(store::Draft& draft) const {
  using Found = std::optional<store::SeenRow>;
  if (key_.empty()) return Found{};
  auto row = draft.seen(source_.key.account, source_.key.id, key_);
  if (!row || !*row || (*row)->expires_at > draft.now()) return row;
  return Found{};
}

bool SeenStatement::says_what(const store::SeenRow& row) const {
  return !by_id_ || row.content == content();
}

void SeenStatement::remember(store::Draft& draft, store::ReceiptNumber receipt) const {
  if (key_.empty()) return;
  draft.put(store::SeenRow{.account = source_.key.account,
                           .source = source_.key.id,
                           .key = key_,
                           .content = content(),
                           .receipt = receipt,
                           .expires_at = draft.now() + kSeenKept});
}

/// A key that is not an event's id is a digest of the content already; another would tell nothing more.
std::string SeenStatement::content() const {
  return by_id_ ? sha256(statement_.content).substr(0, kDigest) : key_;
}

}  // namespace deltapost::intake
