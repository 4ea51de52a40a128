// What the delivery engine knows of a log entry, and how it asks which endpoint wants it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "record/record.hpp"
#include "store/types.hpp"

namespace deltapost::delivery {

/// A record's key with its hash, shared by all that waits for it, so that fan-out copies no text.
struct RecordRef {
  explicit RecordRef(RecordKey record_key) : key(std::move(record_key)), hash(std::hash<RecordKey>{}(key)) {}
  const RecordKey key;
  const std::size_t hash;
};
using RecordPtr = std::shared_ptr<const RecordRef>;

/// A change in the log, as far as deciding needs it. The runner derives its own, with the parsed content.
/// Immutable to the engine; kept alive by the deliveries that wait for it.
struct Entry {
  Entry(store::Part entry_part, store::Seq entry_seq, Version entry_version, Time entry_at,
        RecordPtr entry_record)
      : part(entry_part),
        seq(entry_seq),
        version(entry_version),
        at(entry_at),
        record(std::move(entry_record)) {}
  virtual ~Entry() = default;
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  const store::Part part;
  const store::Seq seq;
  const Version version;
  const Time at;
  const RecordPtr record;
};
using EntryPtr = std::shared_ptr<const Entry>;

/// An endpoint inside the engine: a small number that is used again once its endpoint was removed.
using EndpointHandle = std::uint32_t;

/// Says which events of a change an endpoint wants. Owned by whoever runs the engine, called on its thread.
class Matcher {
 public:
  virtual ~Matcher() = default;
  /// Sets `events` to the event indexes of the entry that the endpoint wants, ascending. The entry is of the
  /// endpoint's account.
  virtual void match(EndpointHandle endpoint, const Entry& entry, std::vector<std::uint32_t>& events) = 0;
  /// Of `endpoints`, which are all of the entry's account, those that may want an event of it: the others
  /// need not be asked. Valid until the next call.
  virtual std::span<const EndpointHandle> narrow(const Entry&, std::span<const EndpointHandle> endpoints) {
    return endpoints;
  }
};

}  // namespace deltapost::delivery
