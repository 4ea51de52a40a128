#include "app/bench/cases.hpp"

#include <array>

namespace deltapost::app::bench {
namespace {

constexpr bool kWhenNamed = true;

const std::array kCases{
    Case{"leads", "an update of a lead (200 bytes) through the API, one endpoint; in turn with the floor",
         run_leads},
    Case{"contacts", "an update of a contact (1.4 kB) through the API, one endpoint; in turn with the floor",
         run_contacts},
    Case{"fan-out-10", "an update of a lead, ten endpoints", run_fan_out_10},
    Case{"fan-out-100", "an update of a lead, a hundred endpoints; beside it a bare client", run_fan_out_100},
    Case{"received-contacts", "a signed contactUpdated comes in, whole; one endpoint", run_received_contacts},
    Case{"received-leads", "a signed lead.additionalInfo.updated comes in, what changed; one endpoint",
         run_received_leads},
    Case{"https", "an update of a lead, one endpoint over TLS", run_https},
    Case{"import", "deltapost import of new contacts, one endpoint", run_import},
    Case{"records",
         "an update of a lead among 1 million (--long: 10 million), in turn with among 10 thousand",
         run_records},
    Case{"hot-record", "all updates are of one lead", run_hot_record},
    Case{"dead-endpoint",
         "one of 100 endpoints refuses, in turn with 100 that answer, at a third of what these can",
         run_dead_endpoint},
    Case{"slow-endpoint", "one of 100 endpoints answers after a second, in turn and at the rate likewise",
         run_slow_endpoint},
    Case{"outage", "the endpoint is away while changes come in (--long: 1 million), then gets all of them",
         run_outage},
    Case{"restart", "the server is killed with a backlog, and catches up after its start", run_restart},
    Case{"many-endpoints", "one endpoint wants the changes, 10,000 others do not; 1 million records",
         run_many_endpoints},
    Case{"half-load", "updates of leads at half of the measured maximum", run_half_load},
    Case{"idle", "50 updates of leads per second", run_idle},
    Case{"overload", "four times as many updates of leads as can be taken, in turn with as many",
         run_overload, kWhenNamed},
    Case{"overload-received", "the same with signed lead.additionalInfo.updated that come in",
         run_overload_received, kWhenNamed},
    Case{"overload-slow", "the same while the endpoint answers after a second", run_overload_slow,
         kWhenNamed},
    Case{"overload-flood", "the same over more connections than the server keeps", run_overload_flood,
         kWhenNamed},
};

}  // namespace

std::span<const Case> all_cases() {
  return kCases;
}

Result<Figures> measure(const Setup& setup, const Round& round) {
  auto stage = Stage::build(setup);
  if (!stage) return stage.error();
  if (auto played = play_round((*stage)->contender(), round); !played) return played.error();
  return (*stage)->finish();
}

}  // namespace deltapost::app::bench
