#include "intake/past_sources.hpp"

#include <fmt/format.h>

#include "intake/outcome.hpp"
#include "store/history.hpp"

namespace deltapost::intake {

Result<std::shared_ptr<const Source>> PastSources::at(const store::Receipt& receipt) {
  const RecordKey key{receipt.account, Kind::source, receipt.source};
  auto record = record_at(receipt, key);
  if (!record) return record.error();
  if (!*record)
    return Error{Fault::corrupt, fmt::format("receipt {} came through source {}, which does not exist",
                                             receipt_id(receipt.number), receipt.source)};
  auto& known = known_[{key, (*record)->version}];
  if (!known) {
    auto source =
        load_source(**record, source_secrets_to_text({.tokens = {{"", std::nullopt}}, .secrets = {}}));
    if (!source) return source.error();
    known = std::make_shared<const Source>(*std::move(source));
  }
  return known;
}

Result<std::optional<Record>> PastSources::record_at(const store::Receipt& receipt, const RecordKey& key) {
  auto outcome = parse_json_object(receipt.outcome, store::kStoredJsonLimits);
  if (const Json* version = outcome ? outcome->if_contains("sourceVersion") : nullptr; version != nullptr) {
    auto told = store::at_version(store_, key, version->to_number<Version>());
    if (told) return std::optional(*std::move(told));
    if (told.error().fault != Fault::not_found) return told.error();
  }
  auto when = processed_at(receipt);
  if (!when) return when.error();
  auto then = store::at_time(store_, key, *when);
  if (!then || *then) return then;
  // Made after that, says the clock, which was set back, or the store was rebuilt from another.
  auto first = store::at_version(store_, key, 1);
  if (!first && first.error().fault == Fault::not_found) return std::optional<Record>{};
  if (!first) return first.error();
  return std::optional(*std::move(first));
}

/// When the receipt was processed, if it does not tell its source's version: a released one, when somebody
/// released it.
Result<Time> PastSources::processed_at(const store::Receipt& receipt) {
  auto outcome = parse_json_object(receipt.outcome, store::kStoredJsonLimits);
  const Json* releases = outcome ? outcome->if_contains("releases") : nullptr;
  if (releases == nullptr || !releases->is_string()) return receipt.at;
  const auto number = parse_receipt_id(releases->get_string());
  if (!number) return receipt.at;
  auto released = store_.receipt(receipt.account, *number);
  if (!released) return released.error();
  if (!*released) return receipt.at;
  auto resolution = parse_json_object((*released)->resolution);
  const Json* at = resolution ? resolution->if_contains("at") : nullptr;
  if (at == nullptr || !at->is_string()) return receipt.at;
  return parse_iso(at->get_string());
}

}  // namespace deltapost::intake
