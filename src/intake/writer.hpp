// Writer: the way into the store for every change, whoever wants it. A write is decided on the committing
// thread against the record as it is at that moment (store/draft.hpp), so no write can be lost to another
// one:
//
//   remembered answer? -> If-Match -> decide (record/, pure) -> diff -> nothing changed: say so
//     -> unique values -> record + change + idempotency row into the group -> synced -> answer
//
// A change of the configuration comes with its entry in the audit log (intake/audit.hpp).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "record/edit.hpp"
#include "record/record.hpp"
#include "store/group_committer.hpp"

namespace deltapost::intake {

/// What came of a write. Good only while whoever is given it has not returned.
struct Written {
  const Record& record;  // as it now is
  bool created = false;  // version 1
  bool changed = false;  // false: the write asked for what was there already; no version, no event
  const DocumentText* text = nullptr;  // of the record's document, when it was just written
};

struct Idempotency {
  AccountId account;  // the caller's
  std::string key;
  std::string fingerprint;  // of everything that makes the request what it is
};

/// The document that is to be; with what changes, where whoever made it knows that.
struct Wanted {
  Wanted(JsonObject whole) : document(std::move(whole)) {}  // NOLINT: implicit by design
  Wanted(Edited edited)                                     // NOLINT: likewise
      : document(std::move(edited.document)), changes(std::move(edited.changes)) {}
  JsonObject document;
  std::optional<Diff> changes{};
};

/// What is wanted, from the current record (null: there is none) and the commit time. Who tells the changes
/// may take the record's document to make the new one of it.
using Decide = UniqueFunction<Result<Wanted>(Record* current, Time now)>;

/// Its functions are called again when its group was refused and it is decided anew (GroupCommitter::Job).
struct WriteRequest {
  RecordKey key;  // an empty id on a contact to be created: the next number of its account
  Origin origin;
  std::optional<Version> if_match{};
  std::optional<Idempotency> idempotency{};
  Decide decide;
  /// Gets the id of a contact that was numbered, before decide is called.
  UniqueFunction<void(const std::string& id)> numbered{};
  /// What to keep sealed beside the record, given its current sealed bytes; not called when left empty. A new
  /// secret alone is no change: decide must show it in the document (a revision number).
  UniqueFunction<Result<std::string>(const std::optional<std::string>& current)> seal{};
  /// What else belongs into the same commit, when something changed; not called when left empty.
  UniqueFunction<Result<void>(store::Draft& draft, const Written& written)> also{};
  /// The caller's answer, as text of its own making. Rendered before the commit, because an idempotency row
  /// keeps it; given to `done` only after the commit.
  UniqueFunction<std::string(const Written&)> answer;
  store::Wait wait = store::Wait::bounded;
};

struct Answered {
  std::string text;         // what WriteRequest::answer gave
  bool remembered = false;  // for the earlier request with the same Idempotency-Key
  RecordKey about{};        // then: the record that it tells about
};

/// Success: the write is durable (or nothing had to be written). Called on the committing thread.
using WriteDone = UniqueFunction<void(Result<Answered>)>;

inline constexpr std::chrono::hours kIdempotencyKept{24};

class Writer {
 public:
  explicit Writer(store::GroupCommitter& committer) : committer_(committer) {}

  /// Any thread. `done` is called exactly once; at once, on the calling thread, when the committer does not
  /// take it (Fault::overloaded).
  void write(WriteRequest request, WriteDone done);

 private:
  static Result<Answered> run(store::Draft& draft, WriteRequest& request);

  store::GroupCommitter& committer_;
};

/// Adds the step from one state of a record to the next to the draft, and gives it back as it was added:
/// `step.after` has its key, document and whether it is deleted, the rest is filled in. Of `before` its
/// version and its times are looked at; version 0 creates. `updated_at`: when it became so, if that is not
/// now; a record's updatedAt never goes back. What is of now is newer than all before it, by a millisecond at
/// least: whoever is told of two changes, an own neighbour who tells them back among them, knows by their
/// times which is the newer one.
std::shared_ptr<const Step> put_step(store::Draft& draft, const Record& before, Step step,
                                     const Origin& origin, std::optional<Time> updated_at = {});

/// One more than the greatest number in use, imported ones included; where that is the greatest there is, a
/// free one from the middle of all numbers on.
Result<std::string> next_contact_id(store::Draft& draft, const AccountId& account);

/// Whether the document says that its record is deleted.
bool is_deleted(Kind kind, const JsonObject& document);

}  // namespace deltapost::intake
