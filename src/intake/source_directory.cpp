#include "intake/source_directory.hpp"

#include "base/digest.hpp"
#include "store/history.hpp"

namespace deltapost::intake {
namespace {

/// Of requests with a wrong signature, so many a second are kept; the rest is refused all the same.
constexpr std::uint32_t kUnverifiedKept = 200;

}  // namespace

Result<void> SourceDirectory::load() {
  auto rows = store_.list_all(Kind::source);
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    auto record = store::to_record(row);
    if (!record) return record.error();
    auto sealed = store_.secret_of(row.key);
    if (!sealed) return sealed.error();
    if (auto done = put(*record, *sealed); !done) return done;
  }
  return ok();
}

void SourceDirectory::follow(const std::vector<store::LogEntry>& entries) {
  for (const auto& entry : entries) {
    if (entry.key.kind != Kind::source || !entry.document) continue;
    auto document = parse_json_object(*entry.document, store::kStoredJsonLimits);
    auto sealed = store_.secret_of(entry.key);
    auto done = !document ? Result<void>(document.error())
                : !sealed ? Result<void>(sealed.error())
                          : put({.key = entry.key,
                                 .version = entry.version,
                                 .document = *std::move(document),
                                 .deleted = entry.deleted},
                                *sealed);
    if (!done && on_trouble_) on_trouble_(done.error());
  }
}

Result<void> SourceDirectory::put(const Record& record, const std::optional<std::string>& sealed) {
  std::shared_ptr<const Source> source;
  if (!record.deleted) {
    if (!sealed) return Error{Fault::corrupt, "source " + record.key.id + " has no secrets"};
    auto text = sealer_.open(*sealed, source_secrets_context(record.key));
    if (!text) return text.error();
    auto loaded = load_source(record, *text);
    if (!loaded) return loaded.error();
    source = std::make_shared<const Source>(*std::move(loaded));
  }
  std::lock_guard lock(mutex_);
  drop(record.key.id);
  if (!source) return ok();
  for (const TimedText& token : source->secrets.tokens) id_by_token_[sha256(token.text)] = record.key.id;
  const std::uint32_t rate = source->rate_per_second;
  by_id_[record.key.id] = {std::move(source), TokenBucket(rate), TokenBucket(kUnverifiedKept)};
  return ok();
}

void SourceDirectory::drop(const std::string& id) {
  by_id_.erase(id);
  std::erase_if(id_by_token_, [&](const auto& token) { return token.second == id; });
}

std::shared_ptr<const Source> SourceDirectory::find(std::string_view token, Time now) const {
  const std::string digest = sha256(token);
  std::lock_guard lock(mutex_);
  const auto id = id_by_token_.find(digest);
  if (id == id_by_token_.end()) return nullptr;
  const auto& source = by_id_.at(id->second).source;
  for (const TimedText& each : source->secrets.tokens)
    if ((!each.until || *each.until > now) && equal_in_constant_time(each.text, token)) return source;
  return nullptr;
}

std::shared_ptr<const Source> SourceDirectory::get(const AccountId& account, const std::string& id) const {
  std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second.source->key.account != account) return nullptr;
  return found->second.source;
}

bool SourceDirectory::admit(const Source& source, Time now) {
  std::lock_guard lock(mutex_);
  const auto found = by_id_.find(source.key.id);
  if (found == by_id_.end() || source.rate_per_second == 0) return true;
  if (!found->second.rate.has_token(now)) return false;
  found->second.rate.take(now);
  return true;
}

bool SourceDirectory::admit_unverified(const Source& source, Time now) {
  std::lock_guard lock(mutex_);
  const auto found = by_id_.find(source.key.id);
  if (found == by_id_.end() || !found->second.unverified.has_token(now)) return false;
  found->second.unverified.take(now);
  return true;
}

}  // namespace deltapost::intake
