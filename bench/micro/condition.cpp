// Filters, over what they are shown of an event: the standard format's body.
#include <benchmark/benchmark.h>

#include "bench/support/samples.hpp"
#include "condition/condition.hpp"

namespace deltapost::bench {
namespace {

constexpr std::string_view kSimple = R"({"==":[{"var":"data.changes.status.new"},"QUALIFIED"]})";

/// Each of the ten holds, so that all are looked at.
constexpr std::string_view kTenTerms = R"({"and":[
  {"==":[{"var":"data.changes.status.new"},"QUALIFIED"]},
  {"!=":[{"var":"data.changes.status.old"},"QUALIFIED"]},
  {"==":[{"var":"data.record.country"},"PK"]},
  {"in":["example.com",{"var":"data.record.email"}]},
  {"in":[{"var":"data.record.tracking.utm_source"},["newsletter","search","partner"]]},
  {"!!":[{"var":"data.record.phoneNumber"}]},
  {"!":[{"var":"data.record.deletedAt"}]},
  {">":[{"var":"data.record.event.id"},10]},
  {"<=":[15,{"var":"data.record.latestCall.duration"},60]},
  {"or":[{"==":[{"var":"data.record.firstName"},"Sam"]},{"==":[{"var":"data.record.lastName"},"Fleming"]}]}]})";

void condition_holds(benchmark::State& state, std::string_view rule) {
  const auto view = change_of(Kind::contact);
  const auto body =
      format::render(format::Format::standard, event_of(view, "contactUpdated"), view, kNow, {}).body;
  const auto data = good(parse_json(body));
  const auto filter = good(condition::Condition::parse(good(parse_json(rule))));
  DP_CHECK(filter.holds(data));
  for (auto _ : state) benchmark::DoNotOptimize(filter.holds(data));
}

BENCHMARK_CAPTURE(condition_holds, simple, kSimple)->Name("condition/simple");
BENCHMARK_CAPTURE(condition_holds, ten_terms, kTenTerms)->Name("condition/ten_terms");

}  // namespace
}  // namespace deltapost::bench
