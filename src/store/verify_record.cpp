#include "store/verify_record.hpp"

#include "store/chain.hpp"

namespace deltapost::store {
namespace {

constexpr std::size_t kHistoryPage = 256;

class RecordCheck {
 public:
  RecordCheck(Store& store, const StoredRecord& stored) : store_(store), stored_(stored) {
    folded_.key = stored.key;
  }

  Result<RecordFindings> run() {
    auto end = store_.chain_end(stored_.key);
    if (!end) return end.error();
    if (*end) end_ = **std::move(end);
    while (folded_.version < stored_.version) {
      auto page = store_.history(stored_.key, {folded_.version, stored_.version, false, kHistoryPage});
      if (!page && page.error().fault != Fault::corrupt) return page.error();
      if (!page || page->empty()) {
        return broken_off(name_of(stored_.key) + " is at version " + std::to_string(stored_.version) +
                          ", but its history ends at version " + std::to_string(folded_.version));
      }
      for (const auto& entry : *page) {
        if (entry.version != folded_.version + 1)
          return broken_off(where(entry) + " follows version " + std::to_string(folded_.version));
        check_link(entry);
        auto fits = advance(entry);
        if (!fits && fits.error().fault != Fault::corrupt) return fits.error();
        if (!fits) return broken_off(fits.error().message);
      }
    }
    if (last_hash_ != end_.hash && !chain_broken_)
      problem(name_of(stored_.key) + ": the chain of its changes does not end with version " +
              std::to_string(stored_.version));
    if (auto done = compare(); !done) return done.error();
    return findings();
  }

 private:
  std::string where(const LogEntry& entry) const {
    return name_of(stored_.key) + ", version " + std::to_string(entry.version);
  }

  // ---- the chain

  void check_link(const LogEntry& entry) {
    if (chain_broken_) return;
    const bool begun = !last_hash_.empty();
    if (entry.hash.empty() && !begun) return;  // from before there was a chain
    if (entry.hash != chain_hash(last_hash_, end_.salt, entry)) {
      chain_broken_ = true;
      problem(where(entry) + ": its hash does not fit: it, or the change before it, was altered");
    }
    last_hash_ = entry.hash;
  }

  // ---- the documents

  /// Fault::corrupt when the entry does not fit.
  Result<void> advance(const LogEntry& entry) {
    if (is_redacted(entry.changes)) {
      whole_ = false;
      pass(entry);
      return ok();
    }
    if (!whole_) {
      if (auto done = resume_near(entry.version); !done) return done;
    }
    if (!whole_) {
      pass(entry);
      return ok();
    }
    const bool applied = folded_.version == entry.version;
    if (auto fits = follow(folded_, entry); !fits) return fits;
    return applied ? ok() : check_snapshot();
  }

  /// One version on, its document unknown.
  void pass(const LogEntry& entry) {
    folded_.version = entry.version;
    if (entry.version == 1) folded_.created_at = entry.at;
    folded_.updated_at = entry.updated_at;
    folded_.deleted = entry.deleted;
  }

  /// After redacted changes: from the document kept of this version or the one before it, if there is one.
  Result<void> resume_near(Version version) {
    auto kept = store_.snapshot(stored_.key, version);
    if (!kept) return kept.error();
    if (!*kept || (*kept)->version + 1 < version) return ok();
    auto document = parse_json_object((*kept)->document, kStoredJsonLimits);
    if (!document)
      return Error{Fault::corrupt, name_of(stored_.key) + ": the kept document of version " +
                                       std::to_string((*kept)->version) + " cannot be read"};
    folded_.document = *std::move(document);
    folded_.version = (*kept)->version;
    whole_ = true;
    return ok();
  }

  Result<void> check_snapshot() {
    if (folded_.version % kSnapshotEvery != 0) return ok();
    auto kept = store_.snapshot(stored_.key, folded_.version);
    if (!kept) return kept.error();
    if (!*kept || (*kept)->version != folded_.version) return ok();
    ++snapshots_;
    auto document = parse_json_object((*kept)->document, kStoredJsonLimits);
    if (!document || !same_json(*document, folded_.document)) {
      problem(name_of(stored_.key) + ": the kept document of version " + std::to_string(folded_.version) +
              " is not what its changes add up to");
    }
    return ok();
  }

  Result<void> compare() {
    auto record = to_record(stored_);
    if (!record) {
      problem(record.error().message);
      return ok();
    }
    if (!whole_) {
      if (auto done = resume_near(stored_.version); !done) return done;
      if (!whole_ || folded_.version != stored_.version) {
        problem(name_of(stored_.key) +
                ": its changes are redacted up to the newest, and no document is kept");
        return ok();
      }
    }
    if (!same_json(record->document, folded_.document)) {
      problem(name_of(stored_.key) + ": its document is not what its changes add up to");
    }
    if (record->created_at != folded_.created_at || record->updated_at != folded_.updated_at ||
        record->deleted != folded_.deleted) {
      problem(name_of(stored_.key) + ": its times or its deletion are not those of its changes");
    }
    return ok();
  }

  void problem(std::string what) { problems_.push_back(std::move(what)); }
  RecordFindings findings() { return {std::move(folded_), std::move(problems_), snapshots_}; }
  RecordFindings broken_off(std::string what) {
    problem(std::move(what));
    return findings();
  }

  Store& store_;
  const StoredRecord& stored_;
  ChainEnd end_;
  Record folded_;
  bool whole_ = true;  // folded_'s document is known
  std::string last_hash_;
  bool chain_broken_ = false;  // told already
  std::vector<std::string> problems_;
  std::uint64_t snapshots_ = 0;
};

}  // namespace

std::string name_of(const RecordKey& key) {
  return std::string(to_string(key.kind)) + " " + wire_id(key) + " of account " + key.account.text();
}

Result<RecordFindings> check_record(Store& store, const StoredRecord& stored) {
  return RecordCheck(store, stored).run();
}

}  // namespace deltapost::store
