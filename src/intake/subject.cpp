#include "intake/subject.hpp"

#include "base/encoding.hpp"
#include "intake/seen.hpp"
#include "intake/uniques.hpp"
#include "intake/writer.hpp"
#include "store/history.hpp"

namespace deltapost::intake {
namespace {

using format::Statement;
using format::Subject;

/// The record that has the subject's phone or, where a sender who knows ids could mean somebody else by it,
/// e-mail.
Result<std::optional<std::string>> holder(store::Draft& draft, const AccountId& account,
                                          const Subject& subject) {
  if (!subject.phone.empty()) {
    const char* field = subject.kind == Kind::lead ? "phone" : "phoneNumber";
    auto found = holder_of(draft, account, subject.kind, field, subject.phone);
    if (!found || *found) return found;
  }
  if (subject.email.empty() || (subject.kind == Kind::lead && !subject.id.empty()))
    return std::optional<std::string>{};
  return holder_of(draft, account, subject.kind, "email", subject.email);
}

}  // namespace

Result<std::optional<RecordKey>> find_by_id(store::Draft& draft, const AccountId& account,
                                            const std::string& source, const Statement& statement) {
  if (!statement.subject || statement.subject->id.empty()) return std::optional<RecordKey>{};
  const Subject& subject = *statement.subject;
  RecordKey key{account, subject.kind, subject.id};
  auto known = draft.find(key);
  if (!known) return known.error();
  if (*known) return std::optional(std::move(key));
  auto link_to = linked(draft, account, key.kind, source, subject.id);
  if (!link_to) return link_to.error();
  if (!*link_to) return std::optional<RecordKey>{};
  key.id = **link_to;
  return std::optional(std::move(key));
}

Result<FoundSubject> find_or_name(store::Draft& draft, const AccountId& account, const Statement& statement) {
  const Subject& subject = *statement.subject;
  const RecordKey named{account, subject.kind, subject.id};
  if (!subject.id.empty() && subject.kind == Kind::contact) return FoundSubject{named};
  auto found = holder(draft, account, subject);
  if (!found) return found.error();
  if (*found) {
    FoundSubject other{RecordKey{account, subject.kind, **found}};
    if (!subject.id.empty()) other.new_link = subject.id;
    return other;
  }
  if (!subject.id.empty()) return FoundSubject{named};
  return FoundSubject{.record = {}, .nameless = statement.nature != Statement::Nature::note};
}

Result<RecordKey> name_anew(store::Draft& draft, Kind kind, const Whence& whence) {
  const AccountId& account = whence.source.account;
  if (kind == Kind::contact) {
    auto id = next_contact_id(draft, account);
    if (!id) return id.error();
    return RecordKey{account, kind, *std::move(id)};
  }
  const std::string what = digest_of(
      {account.text(), whence.source.id, std::to_string(whence.receipt), std::to_string(whence.item)});
  constexpr std::size_t kBytes = 12;
  return RecordKey{account, kind, "lead_" + hex(std::string_view(what).substr(0, kBytes))};
}

Result<bool> is_erased(store::Draft& draft, const RecordKey& record) {
  auto stored = draft.find(record);
  if (!stored) return stored.error();
  if (!*stored || !(*stored)->deleted) return false;
  auto parsed = store::to_record(**stored);
  if (!parsed) return parsed.error();
  return parsed->document.contains("erasedAt");
}

}  // namespace deltapost::intake
