// What the engine must know of an endpoint: nothing of URLs, formats or secrets.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"

namespace deltapost::delivery {

enum class EndpointState { active, paused, disabled };
enum class Order { record, none };

struct EndpointSettings {
  EndpointId id;
  AccountId account;
  EndpointState state = EndpointState::active;
  Order order = Order::record;
  std::vector<std::chrono::seconds> retry_schedule;  // waits before the 2nd, 3rd … try
  std::uint32_t concurrency = 16;                    // requests in flight at once
  std::uint32_t rate_per_second = 0;                 // 0: no limit
  Time starts_at{};  // changes committed before this are not for it, unless recovered
};

}  // namespace deltapost::delivery
