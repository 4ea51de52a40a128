// EndpointDirectory: the endpoints as they are set, loaded from their records, and which events each one
// wants. A setting counts from its place in the log on; who is behind is matched by what was set there, so
// that whoever reads the log again comes to the same decisions.
//
// One thread, the runner's.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/seal.hpp"
#include "delivery/endpoint.hpp"
#include "delivery/entry.hpp"
#include "delivery/logged_change.hpp"
#include "delivery/subscriptions.hpp"
#include "store/store.hpp"

namespace deltapost::delivery {

using EndpointPtr = std::shared_ptr<const Endpoint>;

/// Whether the endpoint wants this event of the change, by type, fields and filter.
Result<bool> wants(const Endpoint& endpoint, const LoggedChange& change, std::uint32_t event_index);

class EndpointDirectory final : public Matcher {
 public:
  EndpointDirectory(store::Store& store, const Sealer& sealer) : store_(store), sealer_(sealer) {}

  /// The endpoint of a record of kind endpoint, as it was set where its partition's log stood at `place`,
  /// with the secrets of now. Null: it was not yet, or it is deleted, whenever that was: nothing more is for
  /// it.
  Result<EndpointPtr> load(const store::StoredRecord& stored, store::Seq place) const;

  /// Earlier settings that are kept of one endpoint; the oldest go first.
  static constexpr std::size_t kMaxEarlier = 16;

  /// `since`: the place of the setting in the log; what it was before stays for what lies before. 0: it
  /// counts for all.
  void put(EndpointHandle handle, EndpointPtr endpoint, store::Seq since = 0);
  /// From now on the newest setting counts for all.
  void forget_earlier(EndpointHandle handle) { endpoints_[handle].earlier.clear(); }
  void remove(EndpointHandle handle) { put(handle, nullptr); }
  /// The newest.
  const EndpointPtr& at(EndpointHandle handle) const { return endpoints_[handle].newest; }

  void match(EndpointHandle handle, const Entry& entry, std::vector<std::uint32_t>& events) override;
  /// By what their subscriptions need (Subscriptions): the others are passed over, however many they are.
  std::span<const EndpointHandle> narrow(const Entry& entry,
                                         std::span<const EndpointHandle> endpoints) override;
  /// Changes that could not be read when an endpoint was to be matched against them.
  std::uint64_t unreadable() const { return unreadable_; }

 private:
  struct Earlier {
    EndpointPtr endpoint;
    store::Seq until = 0;  // the place of the setting that followed
  };
  struct Settings {
    EndpointPtr newest;
    std::vector<Earlier> earlier{};  // the oldest first
  };
  const Endpoint& in_force(EndpointHandle handle, const Entry& entry) const;

  store::Store& store_;
  const Sealer& sealer_;
  std::vector<Settings> endpoints_;  // by handle
  std::unordered_map<AccountId, Subscriptions> subscriptions_;
  std::vector<EndpointHandle> narrowed_;
  std::uint64_t unreadable_ = 0;
};

}  // namespace deltapost::delivery
