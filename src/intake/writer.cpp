#include "intake/writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "intake/audit.hpp"
#include "intake/uniques.hpp"
#include "record/contact.hpp"
#include "record/diff.hpp"
#include "record/present.hpp"
#include "store/history.hpp"

namespace deltapost::intake {
namespace {

Error stale(Version wanted, Version current) {
  return {
      .fault = Fault::precondition_failed,
      .message = fmt::format("the record is at version {}, not {}; read it again and send If-Match: \"{}\"",
                             current, wanted, current),
      .field = "If-Match"};
}

Result<std::optional<Answered>> remembered_answer(store::Draft& draft, const Idempotency& idempotency) {
  auto row = draft.idempotency(idempotency.account, idempotency.key);
  if (!row) return row.error();
  if (!*row || (*row)->expires_at <= draft.now()) return std::optional<Answered>{};
  if ((*row)->erased())
    return Error{.fault = Fault::conflict,
                 .message =
                     "this Idempotency-Key was used for a request about a record that has been erased "
                     "since; nothing was done; use a new key for a new request",
                 .field = "Idempotency-Key",
                 .other = wire_id((*row)->about)};
  if ((*row)->fingerprint != idempotency.fingerprint)
    return Error{
        .fault = Fault::idempotency_mismatch,
        .message = "this Idempotency-Key was used for another request; use a new key for a new request",
        .field = "Idempotency-Key"};
  return std::optional(Answered{(*row)->reply, true, (*row)->about});
}

/// Version 0: it does not exist yet.
Result<Record> current_record(store::Draft& draft, const RecordKey& key) {
  auto stored = draft.find(key);
  if (!stored) return stored.error();
  if (!*stored) return Record{.key = key};
  return store::to_record(**std::move(stored));
}

Result<Record> current_record(store::Draft& draft, WriteRequest& request) {
  const RecordKey& key = request.key;
  if (!key.id.empty() || key.kind != Kind::contact) return current_record(draft, key);
  auto id = next_contact_id(draft, key.account);
  if (!id) return id.error();
  if (request.numbered) request.numbered(*id);
  return current_record(draft, {key.account, key.kind, *id});
}

Result<void> seal(store::Draft& draft, WriteRequest& request, const RecordKey& key) {
  if (!request.seal) return ok();
  auto current = draft.secret_of(key);
  if (!current) return current.error();
  auto sealed = request.seal(*current);
  if (!sealed) return sealed.error();
  draft.put(store::SecretRow{key, *std::move(sealed)});
  return ok();
}

/// The caller's answer, kept for the same request with the same Idempotency-Key.
Answered remember(store::Draft& draft, WriteRequest& request, const Written& written) {
  std::string answer = request.answer(written);
  if (request.idempotency)
    draft.put(store::IdempotencyRow{.account = request.idempotency->account,
                                    .key = request.idempotency->key,
                                    .fingerprint = request.idempotency->fingerprint,
                                    .reply = answer,
                                    .expires_at = draft.now() + kIdempotencyKept,
                                    .about = written.record.key});
  return {.text = std::move(answer)};
}

/// Where somebody has given the greatest number there is, numbers go on from here.
constexpr std::uint64_t kSecondStart = (contact::kMaxId + 1) / 2;

/// A number from there on that no contact has, whose predecessor is in use: looked for in ever greater
/// strides, then between the last in use and the first that is free.
Result<std::string> free_number(store::Draft& draft, const AccountId& account) {
  const auto is_used = [&](std::uint64_t number) -> Result<bool> {
    auto found = draft.find({account, Kind::contact, contact_key_id(number)});
    if (!found) return found.error();
    return found->has_value();
  };
  std::uint64_t used = kSecondStart - 1, free = kSecondStart;
  for (std::uint64_t stride = 1; used < free; stride *= 2) {
    auto taken = is_used(free);
    if (!taken) return taken.error();
    if (!*taken) break;
    used = free;
    free = std::min(free + 2 * stride, contact::kMaxId);
  }
  if (used == free)
    return Error{.fault = Fault::conflict,
                 .message = "no number for a contact can be found among those in use; give an id",
                 .field = "id"};
  while (free - used > 1) {
    const std::uint64_t middle = used + (free - used) / 2;
    auto taken = is_used(middle);
    if (!taken) return taken.error();
    (*taken ? used : free) = middle;
  }
  return contact_key_id(free);
}

}  // namespace

Result<std::string> next_contact_id(store::Draft& draft, const AccountId& account) {
  auto last = draft.last_id(account, Kind::contact);
  if (!last) return last.error();
  const std::uint64_t number = last->empty() ? 0 : std::stoull(*last);
  if (number < contact::kMaxId) return contact_key_id(number + 1);
  return free_number(draft, account);
}

bool is_deleted(Kind kind, const JsonObject& document) {
  if (kind == Kind::contact) {
    const Json* at = document.if_contains("deletedAt");
    return at != nullptr && !at->is_null();
  }
  const Json* deleted = document.if_contains("deleted");
  return deleted != nullptr && deleted->is_bool() && deleted->get_bool();
}

std::shared_ptr<const Step> put_step(store::Draft& draft, const Record& before, Step step,
                                     const Origin& origin, std::optional<Time> updated_at) {
  Record& after = step.after;
  after.version = before.version + 1;
  after.created_at = after.version == 1 ? draft.now() : before.created_at;
  const Time next = before.version == 0 ? draft.now() : before.updated_at + Millis{1};
  after.updated_at = updated_at ? std::max(before.updated_at, *updated_at) : std::max(draft.now(), next);
  step.text = document_text(after.key.kind, after.document);
  auto shared = std::make_shared<const Step>(std::move(step));
  const Record& record = shared->after;
  draft.put(store::RecordWrite{.entry = {.key = record.key,
                                         .version = record.version,
                                         .at = draft.now(),
                                         .origin = origin,
                                         .changes = changes_text(shared->changes),
                                         .document = {shared, &shared->text.text},
                                         .step = shared},
                               .updated_at = record.updated_at,
                               .deleted = record.deleted});
  return shared;
}

void Writer::write(WriteRequest request, WriteDone done) {
  // The job and its completion share what the job found out.
  struct State {
    WriteRequest request;
    WriteDone done;
    Answered answer;
  };
  const store::Wait wait = request.wait;
  auto state = std::make_shared<State>(State{std::move(request), std::move(done), {}});
  auto accepted = committer_.submit(
      [state](store::Draft& draft) -> Result<void> {
        auto answer = run(draft, state->request);
        if (!answer) return answer.error();
        state->answer = *std::move(answer);
        return ok();
      },
      [state](const Result<void>& result) {
        if (result)
          state->done(std::move(state->answer));
        else
          state->done(result.error());
      },
      wait);
  if (!accepted) state->done(accepted.error());
}

Result<Answered> Writer::run(store::Draft& draft, WriteRequest& request) {
  if (request.idempotency) {
    auto remembered = remembered_answer(draft, *request.idempotency);
    if (!remembered) return remembered.error();
    if (*remembered) return **std::move(remembered);
  }
  auto before = current_record(draft, request);
  if (!before) return before.error();
  if (request.if_match && *request.if_match != before->version)
    return stale(*request.if_match, before->version);

  auto wanted = request.decide(before->version == 0 ? nullptr : &*before, draft.now());
  if (!wanted) return wanted.error();
  Diff changes = wanted->changes ? *std::move(wanted->changes) : diff(before->document, wanted->document);
  if (changes.empty()) {
    if (wanted->changes) before->document = std::move(wanted->document);
    return remember(draft, request, {.record = *before});
  }
  Record after{.key = std::move(before->key), .document = std::move(wanted->document)};
  after.deleted = is_deleted(after.key.kind, after.document);
  if (auto claimed = claim_values(draft, *before, after, changes); !claimed) return claimed.error();
  if (auto sealed = seal(draft, request, after.key); !sealed) return sealed.error();
  const auto step = put_step(draft, *before, {std::move(changes), std::move(after)}, request.origin);
  if (auto audited = audit_step(draft, *step, request.origin); !audited) return audited.error();
  const Written written{
      .record = step->after, .created = step->after.version == 1, .changed = true, .text = &step->text};
  if (request.also)
    if (auto added = request.also(draft, written); !added) return added.error();
  return remember(draft, request, written);
}

}  // namespace deltapost::intake
