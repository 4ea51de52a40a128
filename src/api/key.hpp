// API keys: `dp_<10 characters: id>_<32 characters: secret><6 characters: checksum>`, all base62. The
// checksum lets a scanner or a typing error be told without a look-up. A key is a record of kind api_key
// whose document holds only the SHA-256 of the whole text; the text is shown once, when the key is made.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "record/json.hpp"
#include "record/record.hpp"
#include "store/store.hpp"

namespace deltapost::api {

/// What a key may do. Each includes the ones before it, but `system`, which stands for the operator and is
/// given only to keys of the first account.
enum class Scope { none, read, write, admin, system };

std::string_view to_string(Scope scope);
std::optional<Scope> parse_scope(std::string_view text);

struct NewKey {
  std::string id;
  std::string text;  // shown once
  std::string hash;  // hex, kept
};

NewKey make_key(Random& random);

/// The document of a key's record, from what a user asked for: name, scopes (at least one of read, write,
/// admin, system), expiresAt (RFC 3339, in the future; optional). A key can be given no more than `most`.
/// Fault::invalid names the field.
Result<JsonObject> key_document(const JsonObject& input, const NewKey& key, Scope most, Time now);

/// Whether the record of a key is one that works at `now` and has scope admin or more.
bool may_administer(const Record& key, Time now);

struct Caller {
  AccountId account;
  std::string key_id;
  Scope scope = Scope::none;
};

/// The keys of all accounts, in memory. Any thread.
class KeyRing {
 public:
  explicit KeyRing(const Clock& clock) : clock_(clock) {}

  /// Reads all keys. Call before the server starts.
  Result<void> load(store::Store& store);
  /// Follows the log: entries of kind api_key change the ring, others are ignored.
  void follow(const std::vector<store::LogEntry>& entries);

  /// Fault::unauthenticated for any text that is no live key of ours; the sentence is the same for all of
  /// them.
  Result<Caller> authenticate(std::string_view text);

  /// Since the server started; nullopt: not used yet.
  std::optional<Time> last_used(const std::string& key_id) const;

 private:
  struct Entry {
    Caller caller;
    std::string hash;  // raw bytes
    std::optional<Time> expires_at;
    std::optional<Time> last_used;
  };
  void put(const RecordKey& record, const JsonObject& document);

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace deltapost::api
