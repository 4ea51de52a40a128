// ApiClient: one who writes through the API and asks again when no answer comes, as a careful client does.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "record/json.hpp"
#include "simulation/core/network.hpp"
#include "simulation/core/system.hpp"

namespace deltapost::simulation {

struct Ask {
  std::string method, target;
  std::optional<JsonObject> body{};
  std::string idempotency_key{};  // empty: none
  std::optional<Version> if_match{};
  std::string api_key{};  // empty: the first account's
};

/// How it ended.
struct Told {
  bool answered = false;  // with something final; false: given up
  int status = 0;
  JsonObject body{};
  std::string text{};
  int tries = 0;
  bool doubtful = false;  // one of the tries may have been done without us hearing of it
  bool good() const { return answered && status >= 200 && status < 300; }
};

class ApiClient {
 public:
  ApiClient(Timeline& timeline, Network& network, System& system)
      : timeline_(timeline), network_(network), system_(system) {}

  using Done = std::function<void(const Told&)>;
  void ask(Ask ask, Done done);

  /// From now on nobody gives up.
  void be_persistent() { persistent_ = true; }
  /// Asks under way.
  std::size_t open() const { return open_; }

 private:
  struct Exchange {
    Ask ask;
    Done done;
    Told told{};
    int life = 0;  // of the system, when it was asked last
  };
  void attempt(const std::shared_ptr<Exchange>& exchange);
  void hear(const std::shared_ptr<Exchange>& exchange, const net::OutResult& result);
  void settle(const std::shared_ptr<Exchange>& exchange);
  /// The same once more, although it was answered.
  void repeat(const std::shared_ptr<Exchange>& exchange);
  /// Whether the record that the answer told of is being erased, or was: answers about it go with it, and a
  /// repeat is then refused.
  bool may_be_forgotten(const Exchange& exchange) const;
  net::OutRequest request_of(const Ask& ask) const;

  Timeline& timeline_;
  Network& network_;
  System& system_;
  bool persistent_ = false;
  std::size_t open_ = 0;
  std::set<std::pair<std::string, std::string>> erased_;  // records, by API key and target
};

}  // namespace deltapost::simulation
