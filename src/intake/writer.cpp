#include "intake/writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "record/contact.hpp"
#include "record/diff.hpp"
#include "store/history.hpp"

namespace deltapost::intake {
namespace {

Error taken(const store::UniqueValue& unique, const std::string& holder) {
  // The scope is "<kind>.<field>".
  const auto dot = unique.scope.find('.');
  const std::string kind = unique.scope.substr(0, dot), field = unique.scope.substr(dot + 1);
  return {.fault = Fault::conflict,
          .message = fmt::format("{} {} belongs to {} {} already; update that {} or give another {}", field,
                                 unique.value, kind, holder, kind, field),
          .field = field,
          .other = holder};
}

/// Moves the record's unique values from what it held to what it will hold.
Result<void> claim_uniques(store::Draft& draft, const RecordKey& key,
                           const std::vector<store::UniqueValue>& before,
                           const std::vector<store::UniqueValue>& after) {
  for (const auto& unique : after) {
    if (std::ranges::find(before, unique) != before.end()) continue;
    auto holder = draft.holder_of(unique);
    if (!holder) return holder.error();
    if (*holder && **holder != key.id) return taken(unique, **holder);
  }
  for (const auto& unique : before)
    if (std::ranges::find(after, unique) == after.end()) draft.claim({unique, ""});
  for (const auto& unique : after)
    if (std::ranges::find(before, unique) == before.end()) draft.claim({unique, key.id});
  return ok();
}

/// One more than the greatest number in use, imported ones included.
Result<std::string> next_contact_id(store::Draft& draft, const AccountId& account) {
  auto last = draft.last_id(account, Kind::contact);
  if (!last) return last.error();
  const std::uint64_t number = last->empty() ? 0 : std::stoull(*last);
  if (number >= contact::kMaxId)
    return Error{.fault = Fault::conflict,
                 .message = "no contact id below 2^53 is left above the greatest one in use; give an id",
                 .field = "id"};
  return contact_key_id(number + 1);
}

Error stale(Version wanted, Version current) {
  return {
      .fault = Fault::precondition_failed,
      .message = fmt::format("the record is at version {}, not {}; read it again and send If-Match: \"{}\"",
                             current, wanted, current),
      .field = "If-Match"};
}

Result<std::optional<std::string>> remembered_answer(store::Draft& draft, const Idempotency& idempotency) {
  auto row = draft.idempotency(idempotency.account, idempotency.key);
  if (!row) return row.error();
  if (!*row || (*row)->expires_at <= draft.now()) return std::optional<std::string>{};
  if ((*row)->fingerprint != idempotency.fingerprint)
    return Error{
        .fault = Fault::idempotency_mismatch,
        .message = "this Idempotency-Key was used for another request; use a new key for a new request",
        .field = "Idempotency-Key"};
  return std::optional{(*row)->reply};
}

}  // namespace

bool is_deleted(Kind kind, const JsonObject& document) {
  if (kind == Kind::contact) {
    const Json* at = document.if_contains("deletedAt");
    return at != nullptr && !at->is_null();
  }
  const Json* deleted = document.if_contains("deleted");
  return deleted != nullptr && deleted->is_bool() && deleted->get_bool();
}

void put_step(store::Draft& draft, const Record& before, const Diff& changes, Record& after,
              const Origin& origin) {
  after.version = before.version + 1;
  after.updated_at = draft.now();
  if (after.version == 1) after.created_at = draft.now();
  draft.put(
      store::RecordWrite{.entry = {.key = after.key,
                                   .version = after.version,
                                   .at = draft.now(),
                                   .origin = origin,
                                   .changes = to_text(diff_to_json(changes)),
                                   .document = std::make_shared<const std::string>(to_text(after.document))},
                         .updated_at = after.updated_at,
                         .deleted = after.deleted});
}

std::vector<store::UniqueValue> unique_values(const RecordKey& key, const JsonObject& document,
                                              bool deleted) {
  if (key.kind != Kind::lead || deleted) return {};
  const Json* phone = document.if_contains("phone");
  if (phone == nullptr || !phone->is_string()) return {};
  return {{key.account, "lead.phone", std::string(phone->get_string())}};
}

void Writer::write(WriteRequest request, WriteDone done) {
  // The job and its completion share what the job found out.
  struct State {
    WriteRequest request;
    WriteDone done;
    Answered answer;
  };
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
      });
  if (!accepted) state->done(accepted.error());
}

Result<Answered> Writer::run(store::Draft& draft, WriteRequest& request) {
  if (request.idempotency) {
    auto remembered = remembered_answer(draft, *request.idempotency);
    if (!remembered) return remembered.error();
    if (*remembered) return Answered{**std::move(remembered), true};
  }
  if (request.key.id.empty() && request.key.kind == Kind::contact) {
    auto id = next_contact_id(draft, request.key.account);
    if (!id) return id.error();
    request.key.id = *id;
    if (request.numbered) request.numbered(*id);
  }

  auto stored = draft.find(request.key);
  if (!stored) return stored.error();
  Record before{.key = request.key};
  if (*stored) {
    auto parsed = store::to_record(**stored);
    if (!parsed) return parsed.error();
    before = *std::move(parsed);
  }
  if (request.if_match && *request.if_match != before.version)
    return stale(*request.if_match, before.version);

  auto wanted = request.decide(before.version == 0 ? nullptr : &before, draft.now());
  if (!wanted) return wanted.error();
  Written written{.record = before, .created = before.version == 0, .changed = false};
  const Diff changes = diff(before.document, *wanted);
  if (!changes.empty()) {
    Record& after = written.record;
    after.document = *std::move(wanted);
    after.deleted = is_deleted(after.key.kind, after.document);
    written.changed = true;
    auto claimed = claim_uniques(draft, after.key, unique_values(before.key, before.document, before.deleted),
                                 unique_values(after.key, after.document, after.deleted));
    if (!claimed) return claimed.error();
    if (request.seal) {
      auto current = draft.secret_of(request.key);
      if (!current) return current.error();
      auto sealed = request.seal(*current);
      if (!sealed) return sealed.error();
      draft.put(store::SecretRow{request.key, *std::move(sealed)});
    }
    put_step(draft, before, changes, after, request.origin);
    if (request.also)
      if (auto added = request.also(draft, written); !added) return added.error();
  }

  std::string answer = request.answer(written);
  if (request.idempotency)
    draft.put(store::IdempotencyRow{.account = request.idempotency->account,
                                    .key = request.idempotency->key,
                                    .fingerprint = request.idempotency->fingerprint,
                                    .reply = answer,
                                    .expires_at = draft.now() + kIdempotencyKept,
                                    .about = request.key});
  return Answered{std::move(answer), false};
}

}  // namespace deltapost::intake
