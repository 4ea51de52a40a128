#include "intake/new_document.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "intake/value.hpp"
#include "record/contact.hpp"
#include "record/fields.hpp"
#include "record/lead.hpp"

namespace deltapost::intake {
namespace {

using format::StatedField;
using format::Statement;

/// The id under which people know a contact whose sender did not say; the same wherever it is worked out.
std::string derived_preview_id(const RecordKey& key) {
  constexpr std::size_t kBytes = 9;
  const std::string digest = sha256(fmt::format("preview id\n{}\n{}", key.account.text(), key.id));
  return "contact_" + base64url(std::string_view(digest).substr(0, kBytes));
}

Result<JsonObject> new_lead(const RecordKey& key, const Statement& statement,
                            std::span<const StatedField> stated, Stamp stamp, Clocks& clocks) {
  std::optional<Json> phone;
  for (const StatedField& field : stated)
    if (field.path == FieldPath{"phone"}) phone = field.value;
  const bool is_told = phone && !is_nothing(&*phone);
  if (!is_told && statement.subject && !statement.subject->phone.empty()) {
    phone = Json(statement.subject->phone);
    clocks.set({"phone"}, stamp);
  } else if (!is_told) {
    return fields::invalid("phone", fmt::format("is needed: there is no lead {} here yet, and a new one must "
                                                "have a phone",
                                                key.id));
  }
  clocks.set_first("createdAt", {stamp, true});
  return lead::create({{"phone", *phone}}, key.id, stamp.at);
}

Result<JsonObject> new_contact(const RecordKey& key, Stamp stamp, Clocks& clocks) {
  for (const char* field : {"createdAt", "joinedTime", "previewId"}) clocks.set_first(field, {stamp, true});
  return contact::create({}, std::stoull(key.id), derived_preview_id(key), stamp.at);
}

}  // namespace

std::vector<StatedField> all_known(const Statement& statement) {
  std::vector<StatedField> all = statement.base;
  for (const StatedField& field : statement.fields)
    if (std::ranges::find(statement.base, field.path, &StatedField::path) == statement.base.end())
      all.push_back(field);
  // Nothing was here before, so there is nothing that could have been missed.
  for (StatedField& field : all) field.has_old = false;
  return all;
}

Result<JsonObject> new_document(const RecordKey& key, const Statement& statement,
                                std::span<const StatedField> stated, Stamp stamp, Clocks& clocks) {
  return key.kind == Kind::lead ? new_lead(key, statement, stated, stamp, clocks)
                                : new_contact(key, stamp, clocks);
}

}  // namespace deltapost::intake
