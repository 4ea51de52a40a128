// Taking up the log where it was left: leases, endpoints and partitions.
#include <algorithm>

#include "delivery/runner_core.hpp"

namespace deltapost::delivery {

namespace {

constexpr Millis kLeaseTtl{15'000};
constexpr Time kAfterAllLeases{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}};
constexpr store::Seq kNewest = ~store::Seq{0};

/// Of the endpoints that still read the log before the cursor: from where. One that recovers is matched by
/// what is set now, for that is what was asked for.
std::unordered_map<EndpointId, store::Seq> places_behind(const store::DeliveryState& state) {
  std::unordered_map<EndpointId, store::Seq> places;
  const auto reads_from = [&](const EndpointId& id, store::Seq place) {
    const auto at = places.try_emplace(id, place).first;
    at->second = std::min(at->second, place);
  };
  for (const store::Hold& hold : state.holds) reads_from(hold.delivery.endpoint, hold.delivery.seq);
  for (const store::Lag& lag : state.lags) reads_from(lag.endpoint, lag.position);
  for (const store::Lag& lag : state.lags)
    if (lag.recover_until != 0) places.erase(lag.endpoint);
  return places;
}

}  // namespace

Result<void> RunnerCore::start() {
  std::vector<std::optional<store::DeliveryState>> states;
  for (store::Part part = 0; part < partitions_.size(); ++part) {
    auto state = take_up(part);
    if (!state) return state.error();
    states.push_back(*std::move(state));
  }
  if (auto loaded = load_endpoints(states); !loaded) return loaded;
  for (store::Part part = 0; part < partitions_.size(); ++part) {
    if (states[part]) open(part, *states[part]);
  }
  started_ = true;
  subscription_ = parts_.tail.subscribe([this] {
    if (!log_grew_.exchange(true)) on_loop([this] { log_grew(); });
  });
  on_loop([this] {
    log_grew();
    keep_leases();
  });
  return ok();
}

Result<void> RunnerCore::load_endpoints(const std::vector<std::optional<store::DeliveryState>>& states) {
  auto records = parts_.store.list_all(Kind::endpoint);
  if (!records) return records.error();
  // As they were set where the log is taken up: what was set later comes with the log, at its place. An
  // earlier life may have gone on from there, and what it passed over then must not come now, behind newer
  // events.
  const store::DeliveryState* log = has_one_log() && states.front() ? &*states.front() : nullptr;
  const store::Seq place = log != nullptr ? log->cursor : kNewest;
  const auto behind = log != nullptr ? places_behind(*log) : std::unordered_map<EndpointId, store::Seq>{};
  for (const store::StoredRecord& stored : *records) {
    const auto found = behind.find(EndpointId{stored.key.id});
    const store::Seq oldest = found != behind.end() ? found->second : place;
    if (auto loaded = load_endpoint(stored, oldest, place); !loaded) return loaded;
  }
  return ok();
}

Result<void> RunnerCore::load_endpoint(const store::StoredRecord& stored, store::Seq oldest,
                                       store::Seq place) {
  auto newest = directory_.load(stored, place);
  if (!newest) return newest.error();
  if (*newest == nullptr) return ok();
  const EndpointHandle handle = engine_.put(**newest, now());
  directory_.put(handle, *newest);
  if (oldest >= place) return ok();
  auto changes = parts_.store.history(
      stored.key, store::HistoryQuery{.newest_first = true, .limit = EndpointDirectory::kMaxEarlier});
  if (!changes) return changes.error();
  std::vector<store::Seq> places{oldest};
  for (auto change = changes->rbegin(); change != changes->rend(); ++change)
    if (oldest < change->seq && change->seq <= place) places.push_back(change->seq);
  for (const store::Seq each : places) {
    auto endpoint = directory_.load(stored, each);
    if (!endpoint) return endpoint.error();
    if (*endpoint != nullptr) directory_.put(handle, *endpoint, each == oldest ? 0 : each);
  }
  return ok();
}

Result<bool> RunnerCore::claim(store::Part part) {
  // On a store that is ours alone, the lease of a process that died is worth nothing: claim as if it had
  // expired, whatever the clock was when it was written. It is renewed by our clock at once.
  auto lease = options_.sole_owner
                   ? parts_.store.claim_lease(part, options_.owner, Millis{0}, kAfterAllLeases)
                   : parts_.store.claim_lease(part, options_.owner, kLeaseTtl, now());
  if (!lease) return lease.error();
  partitions_[part].lease = *lease;
  return lease->has_value();
}

Error RunnerCore::taken_over() {
  return {Fault::unavailable, "another node delivers this partition now"};
}

Result<std::optional<store::DeliveryState>> RunnerCore::take_up(store::Part part) {
  auto ours = claim(part);
  if (!ours) return ours.error();
  if (!*ours) return std::optional<store::DeliveryState>{};
  auto state = parts_.store.delivery_state(part);
  if (state) return std::optional(*std::move(state));
  partitions_[part].lease.reset();  // to be claimed anew; who has a lease has the partition open
  return state.error();
}

void RunnerCore::open(store::Part part, const store::DeliveryState& state) {
  changes_.open(part);
  engine_.open(part, partitions_[part].lease->epoch, state, parts_.tail.head(part), now());
}

void RunnerCore::close(store::Part part, const Error& why) {
  engine_.close(part);
  Part& mine = partitions_[part];
  mine.lease.reset();
  changes_.close(part);
  for (Saved& saved : std::exchange(mine.after_save, {})) saved(why);
}

void RunnerCore::keep_leases() {
  if (stopping_) return;
  for (store::Part part = 0; part < partitions_.size(); ++part) {
    Part& mine = partitions_[part];
    if (!mine.lease) {
      // When it cannot be taken up now: at the next turn.
      if (const auto state = take_up(part); state && *state) open(part, **state);
      continue;
    }
    const auto renewed = parts_.store.renew_lease(*mine.lease, kLeaseTtl, now());
    if (renewed && *renewed) {
      mine.lease->expires_at = now() + kLeaseTtl;
    } else if (renewed || (!options_.sole_owner && mine.lease->expires_at <= now() + kLeaseTtl / 3)) {
      close(part, taken_over());  // or nobody knows: nothing more is sent after two thirds of the term
    }
  }
  behind_ = engine_.behind();
  drive();
  parts_.loop.after(kLeaseTtl / 3, [self = shared_from_this()] {
    if (!self->stopped_) self->keep_leases();
  });
}

}  // namespace deltapost::delivery
