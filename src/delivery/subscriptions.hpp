// Subscriptions: the endpoints of one account by what a change must have for them, so that a change asks only
// those that may want it, however many there are. Each endpoint stands in one place:
//   - who looks at fields, under these;
//   - else who filters by a text that a variable must equal, under that text (Condition::needed);
//   - else under each type of event that it wants.
//
// One thread, the runner's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "delivery/endpoint.hpp"
#include "delivery/entry.hpp"
#include "delivery/logged_change.hpp"

namespace deltapost::delivery {

class Subscriptions {
 public:
  using Handles = std::vector<EndpointHandle>;

  void add(EndpointHandle handle, const Endpoint& endpoint);
  /// As it was added.
  void remove(EndpointHandle handle, const Endpoint& endpoint);

  /// Appends whoever may want one of the change's events, in any order, some perhaps twice. The others want
  /// none. The change's events can be read.
  void collect(const LoggedChange& change, Handles& found) const;

 private:
  /// A place in documents, with those that look at it and what is below it.
  struct Place {
    Handles here;
    std::map<std::string, std::unique_ptr<Place>, std::less<>> below;

    bool empty() const { return here.empty() && below.empty(); }
    void add(const FieldPath& path, std::size_t depth, EndpointHandle handle);
    void remove(const FieldPath& path, std::size_t depth, EndpointHandle handle);
    void collect_all(Handles& found) const;
  };
  /// Filters that compare one variable with a text.
  struct Comparison {
    condition::Condition variable;
    std::unordered_map<std::string, Handles> by_text;
  };

  void collect_by_fields(const Diff& changed, Handles& found) const;
  void collect_by_filter(const LoggedChange& change, std::uint32_t event_index, Handles& found) const;

  Place fields_;
  std::map<std::string, Comparison, std::less<>> comparisons_;  // by the variable's path
  std::unordered_map<std::string, Handles> by_type_;
  std::unordered_map<std::string, std::size_t> compared_types_;  // how many of the comparisons_ want a type
};

/// Whether the endpoint wants events of the type, by that alone: among those it asked for (all but
/// endpoint.disabled when it asked for none), and one that its format can write.
bool wants_type(const Endpoint& endpoint, std::string_view event_type);

}  // namespace deltapost::delivery
