#include "delivery/document_reader.hpp"

#include <iterator>

#include "store/history.hpp"

namespace deltapost::delivery {

Result<JsonObject> DocumentReader::document_after(const store::LogEntry& entry) {
  if (entry.document) return parse_json_object(*entry.document, store::kStoredJsonLimits);

  if (const auto found = by_key_.find(entry.key); found != by_key_.end()) {
    const Order::iterator followed = found->second;
    if (auto document = follow(*followed, entry)) {
      followed_.splice(followed_.begin(), followed_, followed);
      drop_beyond_limit();
      return *std::move(document);
    }
    drop(followed);
  }
  auto record = read(entry);
  if (!record) return record.error();
  keep({record->key, record->version, to_text(record->document)});
  return std::move(record->document);
}

void DocumentReader::forget_all() {
  by_key_.clear();
  followed_.clear();
  bytes_ = 0;
}

std::optional<JsonObject> DocumentReader::follow(Followed& followed, const store::LogEntry& entry) {
  if (followed.version != entry.version && followed.version + 1 != entry.version) return std::nullopt;
  auto document = parse_json_object(followed.document, store::kStoredJsonLimits,
                                    document_storage(followed.document.size()));
  if (!document) return std::nullopt;
  if (followed.version == entry.version) return *std::move(document);
  Record record{.key = entry.key, .version = followed.version, .document = *std::move(document)};
  if (!store::follow(record, entry)) return std::nullopt;
  bytes_ -= followed.bytes();
  followed.version = record.version;
  followed.document = to_text(record.document);
  bytes_ += followed.bytes();
  return std::move(record.document);
}

Result<Record> DocumentReader::read(const store::LogEntry& entry) {
  auto current = store_.find(entry.key);
  if (!current) return current.error();
  if (*current && (*current)->version == entry.version) return store::to_record(**current);
  return store::at_version(store_, entry.key, entry.version);
}

void DocumentReader::keep(Followed followed) {
  bytes_ += followed.bytes();
  followed_.push_front(std::move(followed));
  by_key_[followed_.front().key] = followed_.begin();
  drop_beyond_limit();
}

void DocumentReader::drop(Order::iterator followed) {
  bytes_ -= followed->bytes();
  by_key_.erase(followed->key);
  followed_.erase(followed);
}

void DocumentReader::drop_beyond_limit() {
  while (bytes_ > limits_.max_bytes && followed_.size() > 1) drop(std::prev(followed_.end()));
}

std::size_t DocumentReader::Followed::bytes() const {
  constexpr std::size_t kBesideTheText = 400;  // two nodes, with a key in each
  return kBesideTheText + document.capacity();
}

}  // namespace deltapost::delivery
