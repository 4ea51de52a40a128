// Neighbour: another Deltapost that the first one tells everything, in a chain or in a circle. What the first
// one knows, the neighbour knows in the end; and in a circle nothing goes round for ever.
#pragma once

#include "simulation/core/api_client.hpp"
#include "simulation/core/ledger.hpp"
#include "simulation/core/system.hpp"

namespace deltapost::simulation {

class Neighbour {
 public:
  enum class Shape {
    chain,
    circle,           // each skips what the other told it
    careless_circle,  // everything is told back, and is known for what it is
  };

  Neighbour(Timeline& timeline, Network& network, System& first, ApiClient& first_api, SystemOptions options);

  System& system() { return system_; }
  /// Joins them, for the first one's first account.
  void join(Shape shape);
  /// Reads what is new in its log.
  void look();
  /// Asks how both endpoints are doing; `busy` is raised for each, and lowered when it is told to be done.
  void ask(std::size_t& busy);
  /// At the end: the same is known here of all that the first one has written since they were joined.
  void check(const Ledger& first, const AccountId& account);

 private:
  void add_source(ApiClient& at, std::function<void(const JsonObject& made)> then);
  void add_endpoint(ApiClient& at, const System& to, const JsonObject& source, std::string skips,
                    std::function<void(const std::string& id)> then);

  Timeline& timeline_;
  System& first_;
  ApiClient& first_api_;
  System system_;
  Ledger ledger_;
  ApiClient api_;
  std::optional<Time> joined_at_;
  std::string there_, back_;  // the endpoints' ids; empty: none
};

}  // namespace deltapost::simulation
