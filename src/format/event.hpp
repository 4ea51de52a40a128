// Event: what a change means to the outside. One change can mean several; each has an id that is derived from
// the change, so that a repeat, a restart or a replay gives the same one. Pure functions.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "record/record.hpp"

namespace deltapost::format {

/// A change together with the record as it left it.
struct ChangeView {
  Change change;
  std::shared_ptr<const JsonObject> after;  // the document at change.version, in the shape of its kind
  Time updated_at{};                        // the record's updatedAt at that version
};

struct Event {
  std::string type;  // one of event_types()
  std::string
      subject;     // tells events of one change and type apart: the tag's name for leadTagged, else empty
  std::string id;  // 32 lower-case hex characters
};

/// lead.created, lead.updated, lead.deleted, lead.additionalInfo.updated, leadTagged,
/// newContactCreated, contactUpdated, contactDeleted, endpoint.disabled.
std::span<const std::string_view> event_types();

/// The canonical name of a type: contactDetailChanged is another spelling of contactUpdated. Unknown:
/// nullopt.
std::optional<std::string_view> canonical_event_type(std::string_view name);

/// The kind of record that events of a canonical type are about.
Kind record_kind(std::string_view event_type);

/// The events of a change, in the order in which they go out. A position in this list is the event_index of
/// store::DeliveryKey, so the order for a given change never varies.
///   lead      version 1: lead.created, and lead.additionalInfo.updated when it brought any; deleted:
///   lead.deleted;
///             else lead.updated, then lead.additionalInfo.updated when a key of it changed. leadTagged once
///             per tag that was added, and for hasReplied, isHot and isQualified when one turned true; tags
///             of one name count once.
///   contact   version 1: newContactCreated; deletedAt set: contactDeleted; else contactUpdated.
///   endpoint  endpoint.disabled when its state became disabled.
///   others    none.
std::vector<Event> events_of(const Change& change);

/// First 16 bytes of SHA-256 over account, kind, record id, version, type and subject, hex. Each goes in as a
/// netstring (`3:abc,`), the id as the wire shows it.
std::string event_id(const RecordKey& record, Version version, std::string_view type,
                     std::string_view subject);

}  // namespace deltapost::format
