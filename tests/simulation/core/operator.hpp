// Operator: the person who makes, edits, pauses, disables and deletes a system's endpoints.
#pragma once

#include <string>
#include <vector>

#include "simulation/core/api_client.hpp"
#include "simulation/core/hooks.hpp"

namespace deltapost::simulation {

class Operator {
 public:
  Operator(Timeline& timeline, ApiClient& api, Hooks& hooks, Ledger& ledger)
      : timeline_(timeline), api_(api), hooks_(hooks), ledger_(ledger) {}

  void add_endpoint(const AccountId& account, const std::string& api_key);
  /// Something about an endpoint changes.
  void act();
  /// At the end: what is paused goes on.
  void heal();

 private:
  void edit(Hook& hook, JsonObject patch);
  void recover(Hook& hook);
  JsonObject some_settings();
  const std::string& key_of(const Hook& hook) const { return keys_.at(hook.endpoint.account); }

  Timeline& timeline_;
  ApiClient& api_;
  Hooks& hooks_;
  Ledger& ledger_;
  std::map<AccountId, std::string> keys_;
};

}  // namespace deltapost::simulation
