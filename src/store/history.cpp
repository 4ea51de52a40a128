#include "store/history.hpp"

#include "store/chain.hpp"

namespace deltapost::store {
namespace {

Error no_such_version(const RecordKey& key, Version version) {
  return {Fault::not_found, "the " + std::string(to_string(key.kind)) + " " + wire_id(key) +
                                " has no version " + std::to_string(version)};
}

Error corrupt(const RecordKey& key, Version version, const std::string& what) {
  return {Fault::corrupt, "stored " + std::string(to_string(key.kind)) + " " + wire_id(key) + ", version " +
                              std::to_string(version) + ": " + what};
}

/// Whether erased or past its retention: the log does not tell.
Error not_kept(const RecordKey& key, Version version) {
  return {Fault::not_found, "the values that version " + std::to_string(version) + " of " +
                                std::string(to_string(key.kind)) + " " + wire_id(key) +
                                " set were erased, or are past their retention"};
}

Result<JsonObject> parse_stored(const RecordKey& key, Version version, const std::string& text,
                                boost::json::storage_ptr storage = {}) {
  auto parsed = parse_json_object(text, kStoredJsonLimits, std::move(storage));
  if (!parsed) return corrupt(key, version, parsed.error().message);
  return parsed;
}

/// The one entry of a version.
Result<LogEntry> entry_at(Store& store, const RecordKey& key, Version version) {
  auto entries = store.history(key, {version - 1, version, false, 1});
  if (!entries) return entries.error();
  if (entries->empty()) return no_such_version(key, version);
  return std::move(entries->front());
}

/// The newest version committed at or before `time`; 0 if none. Commit times never decrease from version to
/// version, so halving finds it.
Result<Version> version_at(Store& store, const RecordKey& key, Version newest, Time time) {
  Version not_after = 0, after = newest + 1;
  while (after - not_after > 1) {
    const Version middle = not_after + (after - not_after) / 2;
    auto entry = entry_at(store, key, middle);
    if (!entry) return entry.error();
    (entry->at <= time ? not_after : after) = middle;
  }
  return not_after;
}

}  // namespace

Result<Record> at_version(Store& store, const RecordKey& key, Version version) {
  if (version == 0) return no_such_version(key, version);
  auto snapshot = store.snapshot(key, version);
  if (!snapshot) return snapshot.error();

  Record record{key, 0, {}, {}, {}, false};
  if (*snapshot) {
    auto document = parse_stored(key, (*snapshot)->version, (*snapshot)->document);
    if (!document) return document.error();
    record.document = std::move(*document);
    record.version = (*snapshot)->version;
  }
  // From the snapshot's own entry on: it is the one that tells when and whether deleted, if nothing follows
  // it.
  const Version before = record.version == 0 ? 0 : record.version - 1;
  constexpr std::size_t kFarthest = kSnapshotEvery + 1;
  auto entries = store.history(key, {before, version, false, kFarthest});
  if (!entries) return entries.error();
  const bool reaches_it = !entries->empty() && entries->back().version == version;
  if (!reaches_it && entries->size() < kFarthest) return no_such_version(key, version);

  for (const auto& entry : *entries) {
    if (auto followed = follow(record, entry); !followed) return followed.error();
  }
  if (!reaches_it) return corrupt(key, version, "no document is kept near it");
  auto first = entries->front().version == 1 ? Result<LogEntry>(entries->front()) : entry_at(store, key, 1);
  if (!first) return first.error();
  record.created_at = first->at;
  return record;
}

Result<std::optional<Record>> at_time(Store& store, const RecordKey& key, Time time) {
  auto current = store.find(key);
  if (!current) return current.error();
  if (!*current) return std::optional<Record>{};
  auto version = version_at(store, key, (*current)->version, time);
  if (!version) return version.error();
  if (*version == 0) return std::optional<Record>{};
  auto record = at_version(store, key, *version);
  if (!record) return record.error();
  return std::optional(std::move(*record));
}

Result<std::optional<Record>> at_seq(Store& store, const StoredRecord& newest, Seq seq) {
  auto record = to_record(newest);
  if (!record) return record.error();
  for (; record->version > 0; --record->version) {
    auto entry = entry_at(store, newest.key, record->version);
    if (!entry) return entry.error();
    if (entry->seq <= seq) {
      record->updated_at = entry->updated_at;
      record->deleted = entry->deleted;
      return std::optional(*std::move(record));
    }
    auto change = to_change(*entry);
    if (!change) return change.error();
    if (auto undone = apply_diff(record->document, reverse(std::move(change->fields))); !undone)
      return corrupt(newest.key, entry->version, undone.error().message);
  }
  return std::optional<Record>{};
}

Result<void> follow(Record& record, const LogEntry& entry) {
  if (entry.version > record.version) {
    if (entry.version != record.version + 1) {
      return corrupt(record.key, entry.version, "follows version " + std::to_string(record.version));
    }
    if (is_redacted(entry.changes)) return not_kept(record.key, entry.version);
    auto change = to_change(entry);
    if (!change) return change.error();
    if (auto applied = apply_diff(record.document, change->fields); !applied) {
      return corrupt(record.key, entry.version, applied.error().message);
    }
    record.version = entry.version;
  }
  if (record.version == 1) record.created_at = entry.at;
  record.updated_at = entry.updated_at;
  record.deleted = entry.deleted;
  return ok();
}

Result<Record> to_record(StoredRecord stored) {
  auto document =
      parse_stored(stored.key, stored.version, stored.document, document_storage(stored.document.size()));
  if (!document) return document.error();
  return Record{std::move(stored.key), stored.version,    std::move(*document),
                stored.created_at,     stored.updated_at, stored.deleted};
}

Result<Change> to_change(const LogEntry& entry) {
  if (is_redacted(entry.changes)) return not_kept(entry.key, entry.version);
  auto object = parse_stored(entry.key, entry.version, entry.changes);
  if (!object) return object.error();
  auto fields = diff_from_json(*object);
  if (!fields) return corrupt(entry.key, entry.version, fields.error().message);
  return Change{entry.key, entry.version, entry.at, entry.origin, std::move(*fields)};
}

}  // namespace deltapost::store
