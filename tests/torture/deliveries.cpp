#include "torture/deliveries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "torture/said.hpp"

namespace deltapost::torture {
namespace {

/// An event that is owed, and where it belongs.
struct Owed {
  const StoredChange* change = nullptr;
  std::size_t place = 0;  // among all events, in the order of the log
  std::string type;
  std::optional<std::size_t> last_arrival{};
};

std::unordered_map<std::string, Owed> owed_events(const Endpoint& endpoint,
                                                  std::span<const StoredChange> log) {
  std::unordered_map<std::string, Owed> owed;
  std::size_t place = 0;
  for (const StoredChange& change : log)
    for (const Event& event : change.events) {
      const bool wanted =
          endpoint.types.empty() || std::ranges::find(endpoint.types, event.type) != endpoint.types.end();
      if (wanted) owed[event.id] = {.change = &change, .place = ++place, .type = event.type};
    }
  return owed;
}

/// What a server still tries at an endpoint that seems to fail, while a stop lasts.
constexpr std::size_t kProbes = 2;

std::size_t first_from(std::span<const Arrival> arrivals, std::int64_t at_ns) {
  const auto found = std::ranges::lower_bound(arrivals, at_ns, {}, &Arrival::at_ns);
  return static_cast<std::size_t>(found - arrivals.begin());
}

/// The arrivals whose answers a blow may have kept from being remembered: from the first, to before the last.
struct Reach {
  const Struck* struck = nullptr;
  std::size_t first = 0, blow = 0, last = 0;
};

std::vector<Reach> reaches(const Endpoint& endpoint, std::span<const Arrival> arrivals,
                           std::span<const Struck> blows) {
  std::vector<Reach> reaches;
  for (const Struck& struck : blows) {
    const bool server = struck.blow.victim == Victim::server;
    if (!server && struck.blow.number != endpoint.receiver) continue;
    Reach reach{.struck = &struck, .blow = first_from(arrivals, struck.from_ns)};
    const auto back = [&](std::size_t count) { return reach.blow - std::min(reach.blow, count); };
    reach.first = back(endpoint.concurrency);
    if (server && struck.blow.deed == Deed::kill)
      reach.first =
          std::min(back(kUnsaved),
                   first_from(arrivals, struck.from_ns - std::chrono::nanoseconds(kUnsavedFor).count()));
    const auto lives = static_cast<std::size_t>(std::ranges::count_if(blows, [&](const Struck& other) {
      return other.blow.victim == Victim::server && other.blow.deed == Deed::kill &&
             other.from_ns >= struck.from_ns && other.from_ns <= struck.to_ns;
    }));
    reach.last = first_from(arrivals, struck.to_ns) + (endpoint.concurrency + kProbes) * (lives + 1);
    reaches.push_back(reach);
  }
  return reaches;
}

/// The blow that explains why what had arrived came again; of several the nearest.
const Reach* explanation(std::span<const Reach> reaches, std::size_t before, std::int64_t again_ns) {
  const Reach* nearest = nullptr;
  for (const Reach& reach : reaches) {
    if (before < reach.first || before >= reach.last || again_ns < reach.struck->from_ns) continue;
    const auto distance = [&](const Reach& one) { return one.blow > before ? one.blow - before : 0; };
    if (nearest == nullptr || distance(reach) < distance(*nearest)) nearest = &reach;
  }
  return nearest;
}

class EndpointJudge {
 public:
  EndpointJudge(const Endpoint& endpoint, std::span<const Arrival> arrivals,
                std::span<const StoredChange> log, std::span<const Struck> blows, Findings& findings)
      : endpoint_(endpoint),
        arrivals_(arrivals),
        owed_(owed_events(endpoint, log)),
        reaches_(reaches(endpoint, arrivals, blows)),
        findings_(findings) {}

  Delivered judge() {
    for (std::size_t at = 0; at < arrivals_.size(); ++at) arrived(at);
    for (const auto& [id, owed] : owed_)
      if (!owed.last_arrival) add(Broken::lost, id, owed, "never arrived");
    delivered_.arrivals = arrivals_.size();
    return delivered_;
  }

 private:
  void arrived(std::size_t at) {
    const Arrival& arrival = arrivals_[at];
    const auto found = owed_.find(arrival.event_id);
    if (found == owed_.end()) {
      findings_.add(Broken::wrong,
                    fmt::format("{}: event {} ({}) arrived, and the log has none that it wants",
                                endpoint_.name, arrival.event_id, arrival.type));
      return;
    }
    Owed& owed = found->second;
    if (!arrival.signed_) add(Broken::wrong, arrival.event_id, owed, "arrived without a right signature");
    if (arrival.type != owed.type || arrival.version != owed.change->version ||
        arrival.said != said_by_change(endpoint_.format, *owed.change))
      add(Broken::wrong, arrival.event_id, owed,
          fmt::format("says something else than the log: {} of version {}, {}", arrival.type, arrival.version,
                      arrival.said));
    if (owed.last_arrival)
      came_again(at, owed);
    else
      came_first(owed);
    owed.last_arrival = at;
  }

  void came_first(const Owed& owed) {
    std::size_t& newest = newest_[owed.change->record.text()];
    if (owed.place < newest) add(Broken::reordered, "", owed, "came after a later event of its record");
    newest = std::max(newest, owed.place);
  }

  void came_again(std::size_t at, const Owed& owed) {
    ++delivered_.repeated;
    const std::size_t before = *owed.last_arrival;
    const Reach* why = explanation(reaches_, before, arrivals_[at].at_ns);
    if (why == nullptr) {
      add(Broken::repeated, arrivals_[at].event_id, owed,
          fmt::format("came again (arrival {}, attempt {}, before it arrival {}), and no blow explains it",
                      at, arrivals_[at].attempt, before));
    } else if (why->struck->blow.victim == Victim::server && why->struck->blow.deed == Deed::kill &&
               why->blow > before) {
      delivered_.furthest = std::max(delivered_.furthest, why->blow - before);
      delivered_.furthest_ns =
          std::max(delivered_.furthest_ns, why->struck->from_ns - arrivals_[before].at_ns);
    }
  }

  void add(Broken broken, const std::string& id, const Owed& owed, const std::string& what) {
    findings_.add(broken,
                  fmt::format("{}: {} version {}, {}{}{}: {}", endpoint_.name, owed.change->record.text(),
                              owed.change->version, owed.type, id.empty() ? "" : " ", id, what));
  }

  const Endpoint& endpoint_;
  std::span<const Arrival> arrivals_;
  std::unordered_map<std::string, Owed> owed_;
  std::vector<Reach> reaches_;
  Findings& findings_;
  std::unordered_map<std::string, std::size_t> newest_;  // by record: the place of its latest event so far
  Delivered delivered_;
};

}  // namespace

std::size_t missing_deliveries(const Endpoint& endpoint, std::span<const Arrival> arrivals,
                               std::span<const StoredChange> log) {
  auto owed = owed_events(endpoint, log);
  for (const Arrival& arrival : arrivals) owed.erase(arrival.event_id);
  return owed.size();
}

Delivered judge_deliveries(const Endpoint& endpoint, std::span<const Arrival> arrivals,
                           std::span<const StoredChange> log, std::span<const Struck> blows,
                           Findings& findings) {
  return EndpointJudge(endpoint, arrivals, log, blows, findings).judge();
}

}  // namespace deltapost::torture
