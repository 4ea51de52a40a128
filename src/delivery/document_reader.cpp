#include "delivery/document_reader.hpp"

#include <iterator>

#include "store/history.hpp"

namespace deltapost::delivery {
namespace {

/// A parsed document takes about so many times its text.
constexpr std::size_t kParsedGrowth = 5;

}  // namespace

Result<JsonObject> DocumentReader::document_after(const store::LogEntry& entry) {
  if (entry.document) return parse_json_object(*entry.document, store::kStoredJsonLimits);

  if (const auto found = by_key_.find(entry.key); found != by_key_.end()) {
    const Order::iterator followed = found->second;
    Record& record = followed->record;
    const bool there = record.version == entry.version ||
                       (record.version + 1 == entry.version && store::follow(record, entry));
    if (there) {
      followed_.splice(followed_.begin(), followed_, followed);
      return record.document;
    }
    drop(followed);
  }
  auto record = read(entry);
  if (!record) return record.error();
  // What is kept goes on changing, so it is a copy in storage that gives back what is replaced.
  Record followed{record->key,        record->version,    JsonObject(record->document),
                  record->created_at, record->updated_at, record->deleted};
  keep(std::move(followed), kParsedGrowth * to_text(record->document).size());
  return std::move(record->document);
}

void DocumentReader::forget_all() {
  by_key_.clear();
  followed_.clear();
  bytes_ = 0;
}

Result<Record> DocumentReader::read(const store::LogEntry& entry) {
  auto current = store_.find(entry.key);
  if (!current) return current.error();
  if (*current && (*current)->version == entry.version) return store::to_record(**current);
  return store::at_version(store_, entry.key, entry.version);
}

void DocumentReader::keep(Record record, std::size_t bytes) {
  followed_.push_front({std::move(record), bytes});
  by_key_[followed_.front().record.key] = followed_.begin();
  bytes_ += bytes;
  while (followed_.size() > limits_.max_records || (bytes_ > limits_.max_bytes && followed_.size() > 1))
    drop(std::prev(followed_.end()));
}

void DocumentReader::drop(Order::iterator followed) {
  bytes_ -= followed->bytes;
  by_key_.erase(followed->record.key);
  followed_.erase(followed);
}

}  // namespace deltapost::delivery
