#include "delivery/document_reader.hpp"

#include "store/history.hpp"

namespace deltapost::delivery {

Result<JsonObject> DocumentReader::document_after(const store::LogEntry& entry) {
  if (entry.document) return parse_json_object(*entry.document, store::kStoredJsonLimits);

  if (const auto found = kept_.find(entry.key); found != kept_.end()) {
    Record& record = found->second;
    if (record.version == entry.version) return record.document;
    if (record.version + 1 == entry.version && store::follow(record, entry)) return record.document;
    kept_.erase(found);
  }
  auto record = store::at_version(store_, entry.key, entry.version);
  if (!record) return record.error();
  if (kept_.size() >= kMaxKept) kept_.clear();
  return kept_.emplace(entry.key, *std::move(record)).first->second.document;
}

}  // namespace deltapost::delivery
