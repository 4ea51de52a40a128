#include "simulation/manner.hpp"

namespace deltapost::simulation {

Manner some_manner(const std::function<std::uint64_t(std::uint64_t bound)>& below) {
  Manner manner;
  manner.latency = Millis{static_cast<Millis::rep>(1 + below(40))};
  manner.latency_spread = Millis{static_cast<Millis::rep>(below(3) == 0 ? 3000 : below(50))};
  switch (below(9)) {
    case 0:
      manner.failing = 0.3;
      break;
    case 1:
      manner.failing = 1.0;
      manner.status = 503;
      break;
    case 2:
      manner.hanging = true;
      break;
    case 3:
      manner.poison = 0.4;
      manner.status = 422;
      break;
    case 4:
      manner.failing = 0.4;
      manner.status = 429;
      manner.retry_after = Millis{static_cast<Millis::rep>(below(100'000))};
      break;
    case 5:
      manner.lost_answers = 0.3;
      break;
    case 6:
      manner.failing = 0.5;
      manner.status = 301;
      manner.lost_answers = 0.1;
      break;
    case 7:
      manner.failing = 0.02;
      manner.status = 410;
      break;
    default:
      break;
  }
  return manner;
}

}  // namespace deltapost::simulation
