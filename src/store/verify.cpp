#include "store/verify.hpp"

#include <algorithm>

#include "store/verify_record.hpp"

namespace deltapost::store {
namespace {

constexpr std::size_t kLogPage = 1000;
constexpr std::size_t kRecordPage = 100;

std::string scope_of(const UniqueField& unique) {
  return std::string(to_string(unique.kind)) + "." + unique.field;
}

/// The field's text; empty when it holds none.
std::string text_in(const JsonObject& document, const std::string& field) {
  const Json* value = document.if_contains(field);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

class Verifier {
 public:
  Verifier(Store& store, const VerifyOptions& options) : store_(store), options_(options) {}

  Result<VerifyReport> run() {
    for (Part part = 0; part < store_.partitions(); ++part) {
      if (auto done = check_log(part); !done) return done.error();
      if (auto done = check_records(part); !done) return done.error();
    }
    if (versions_ != report_.changes) {
      problem("the logs hold " + std::to_string(report_.changes) +
              " changes, but the records' versions add up to " + std::to_string(versions_));
    }
    if (auto done = check_unique_values(); !done) return done.error();
    return std::move(report_);
  }

 private:
  Result<void> check_log(Part part) {
    auto head = store_.head(part);
    if (!head) return head.error();
    Seq seq = 0;
    Time at{};
    while (true) {
      auto page = store_.read_log(part, seq, kLogPage);
      if (!page && page.error().fault == Fault::corrupt) {
        problem(log_name(part) + " cannot be read further than " + std::to_string(seq) + ": " +
                page.error().message);
        return ok();
      }
      if (!page) return page.error();
      if (page->entries.empty()) break;
      for (const auto& entry : page->entries) {
        check_entry(part, entry, seq, at);
        seq = entry.seq;
        at = entry.at;
        ++report_.changes;
      }
    }
    if (seq != *head)
      problem(log_name(part) + " ends at " + std::to_string(seq) + ", not at " + std::to_string(*head));
    return ok();
  }

  void check_entry(Part part, const LogEntry& entry, Seq last, Time last_at) {
    const std::string where = log_name(part) + ", seq " + std::to_string(entry.seq);
    if (entry.seq != last + 1) problem(where + ": follows " + std::to_string(last));
    if (entry.at < last_at) problem(where + ": was committed before the entry before it");
    if (partition_of(entry.key, store_.partitions()) != part) {
      problem(where + ": " + name_of(entry.key) + " belongs to another partition");
    }
  }

  Result<void> check_records(Part part) {
    RecordKey after;
    while (true) {
      auto page = store_.scan(part, after, kRecordPage);
      if (!page) return page.error();
      if (page->empty()) return ok();
      for (const auto& stored : *page) {
        if (auto done = check(stored); !done) return done.error();
      }
      after = page->back().key;
    }
  }

  Result<void> check(const StoredRecord& stored) {
    ++report_.records;
    versions_ += stored.version;
    auto findings = check_record(store_, stored);
    if (!findings) return findings.error();
    report_.snapshots += findings->snapshots;
    for (auto& each : findings->problems) problem(std::move(each));
    const bool followed_to_its_end = findings->folded.version == stored.version;
    return followed_to_its_end ? check_holds_its_values(findings->folded) : ok();
  }

  /// Its own unique values must lead back to the record.
  Result<void> check_holds_its_values(const Record& record) {
    if (record.deleted) return ok();
    for (const auto& unique : options_.unique_fields) {
      if (unique.kind != record.key.kind) continue;
      const std::string value = text_in(record.document, unique.field);
      if (value.empty()) continue;
      auto holder = store_.holder_of({record.key.account, scope_of(unique), value});
      if (!holder) return holder.error();
      if (*holder != record.key.id) problem(name_of(record.key) + " does not hold its own " + unique.field);
    }
    return ok();
  }

  /// Each value that is held must be found in the document of its holder.
  Result<void> check_unique_values() {
    UniqueValue after;
    while (true) {
      auto page = store_.scan_unique(after, kRecordPage);
      if (!page) return page.error();
      if (page->empty()) return ok();
      for (const auto& claim : *page) {
        if (auto done = check_claim(claim); !done) return done;
      }
      after = page->back().unique;
    }
  }

  Result<void> check_claim(const UniqueClaim& claim) {
    ++report_.unique_values;
    const auto unique =
        std::find_if(options_.unique_fields.begin(), options_.unique_fields.end(),
                     [&](const UniqueField& each) { return scope_of(each) == claim.unique.scope; });
    if (unique == options_.unique_fields.end()) return ok();
    const RecordKey holder{claim.unique.account, unique->kind, claim.holder};
    auto stored = store_.find(holder);
    if (!stored) return stored.error();
    if (!*stored) {
      problem(name_of(holder) + " holds a " + unique->field + ", but does not exist");
      return ok();
    }
    auto record = to_record(**stored);
    if (!record) return ok();  // told already
    if (record->deleted || text_in(record->document, unique->field) != claim.unique.value) {
      problem(name_of(holder) + " holds a " + unique->field + " that is not its own");
    }
    return ok();
  }

  static std::string log_name(Part part) { return "the log of partition " + std::to_string(part); }

  void problem(std::string what) {
    if (report_.problem_count++ < kMaxListedProblems) report_.problems.push_back(std::move(what));
  }

  Store& store_;
  const VerifyOptions& options_;
  VerifyReport report_;
  std::uint64_t versions_ = 0;  // of all records together
};

}  // namespace

Result<VerifyReport> verify(Store& store, const VerifyOptions& options) {
  return Verifier(store, options).run();
}

}  // namespace deltapost::store
