// What comes in: webhooks of others, from bytes to statements.
#include <benchmark/benchmark.h>

#include "bench/support/samples.hpp"

namespace deltapost::bench {
namespace {

using format::InboundFormat;

void inbound(benchmark::State& state, InboundFormat format) {
  const auto hook = webhook_of(format, R"("none")");
  DP_CHECK(good(hook.parse()).front().statement.has_value());
  for (auto _ : state) benchmark::DoNotOptimize(hook.parse());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * hook.body.size()));
}

BENCHMARK_CAPTURE(inbound, apten, InboundFormat::apten);
BENCHMARK_CAPTURE(inbound, iclosed, InboundFormat::iclosed);
BENCHMARK_CAPTURE(inbound, standard, InboundFormat::standard);
BENCHMARK_CAPTURE(inbound, generic, InboundFormat::generic);
BENCHMARK_CAPTURE(inbound, form, InboundFormat::form);

}  // namespace
}  // namespace deltapost::bench
