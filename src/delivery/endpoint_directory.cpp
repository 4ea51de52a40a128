#include "delivery/endpoint_directory.hpp"

#include <algorithm>

#include "store/history.hpp"

namespace deltapost::delivery {

namespace {

bool touches_fields(const Endpoint& endpoint, const Diff& changed) {
  if (endpoint.fields.empty()) return true;
  return std::any_of(changed.begin(), changed.end(), [&](const FieldChange& field) {
    return std::any_of(endpoint.fields.begin(), endpoint.fields.end(),
                       [&](const FieldPattern& pattern) { return pattern.touches(field.path); });
  });
}

bool names(const std::vector<std::string>& patterns, std::string_view origin) {
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
    if (!pattern.ends_with('*')) return pattern == origin;
    pattern.remove_suffix(1);
    return origin.starts_with(pattern);
  });
}

bool skips(const Endpoint& endpoint, const Origin& origin) {
  return names(endpoint.skip_sources, origin.source) || names(endpoint.skip_actors, origin.actor);
}

bool is_about_itself(const Endpoint& endpoint, const RecordKey& record) {
  return record.kind == Kind::endpoint && record.id == endpoint.id.text();
}

}  // namespace

Result<bool> wants(const Endpoint& endpoint, const LoggedChange& change, std::uint32_t event_index) {
  if (!change.events()) return change.events().error();
  if (event_index >= change.events()->size()) return false;
  if (is_about_itself(endpoint, change.record->key)) return false;
  if (skips(endpoint, change.row().origin)) return false;
  if (!wants_type(endpoint, (*change.events())[event_index].type)) return false;
  if (!touches_fields(endpoint, change.fields())) return false;
  if (!endpoint.filter) return true;
  const auto data = change.filter_data(event_index);
  if (!data) return data.error();
  return endpoint.filter->holds(**data);
}

Result<EndpointPtr> EndpointDirectory::load(const store::StoredRecord& stored, store::Seq place) const {
  if (stored.deleted) return EndpointPtr{};
  auto record = store::at_seq(store_, stored, place);
  if (!record) return record.error();
  if (!*record) return EndpointPtr{};
  auto sealed = store_.secret_of(stored.key);
  if (!sealed) return sealed.error();
  if (!*sealed) return Error{Fault::corrupt, "endpoint " + stored.key.id + " has no secrets"};
  auto opened = sealer_.open(**sealed, secrets_context(stored.key));
  if (!opened) return opened.error();
  auto endpoint = load_endpoint(**record, *opened);
  if (!endpoint) return endpoint.error();
  return std::make_shared<const Endpoint>(*std::move(endpoint));
}

void EndpointDirectory::put(EndpointHandle handle, EndpointPtr endpoint, store::Seq since) {
  if (handle >= endpoints_.size()) endpoints_.resize(handle + 1);
  auto& [newest, earlier] = endpoints_[handle];
  if (newest != nullptr) subscriptions_[newest->account].remove(handle, *newest);
  if (since == 0 || newest == nullptr) {
    earlier.clear();
  } else {
    if (earlier.size() == kMaxEarlier) earlier.erase(earlier.begin());
    earlier.push_back({std::move(newest), since});
  }
  newest = std::move(endpoint);
  if (newest != nullptr) subscriptions_[newest->account].add(handle, *newest);
}

const Endpoint& EndpointDirectory::in_force(EndpointHandle handle, const Entry& entry) const {
  for (const Earlier& earlier : endpoints_[handle].earlier)
    if (entry.seq < earlier.until) return *earlier.endpoint;
  return *endpoints_[handle].newest;
}

std::span<const EndpointHandle> EndpointDirectory::narrow(const Entry& entry,
                                                          std::span<const EndpointHandle> endpoints) {
  const auto& change = static_cast<const LoggedChange&>(entry);
  if (!change.events()) return endpoints;  // each counts that it could not be read
  narrowed_.clear();
  subscriptions_[entry.record->key.account].collect(change, narrowed_);
  std::sort(narrowed_.begin(), narrowed_.end());
  narrowed_.erase(std::unique(narrowed_.begin(), narrowed_.end()), narrowed_.end());
  return narrowed_;
}

void EndpointDirectory::match(EndpointHandle handle, const Entry& entry, std::vector<std::uint32_t>& events) {
  events.clear();
  const auto& change = static_cast<const LoggedChange&>(entry);
  if (!change.events()) {
    ++unreadable_;
    return;
  }
  const Endpoint& endpoint = in_force(handle, entry);
  for (std::uint32_t index = 0; index < change.events()->size(); ++index) {
    const auto wanted = wants(endpoint, change, index);
    if (!wanted) ++unreadable_;
    if (!wanted || !*wanted) continue;
    events.push_back(index);
  }
}

}  // namespace deltapost::delivery
