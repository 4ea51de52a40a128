// The whole way of an update, from the request's body to the answer's text; the figures are per update, in
// groups of 64.
#include <benchmark/benchmark.h>

#include "bench/support/receiving.hpp"
#include "bench/support/writing.hpp"
#include "store/memory/memory_store.hpp"

namespace deltapost::bench {
namespace {

void write_memory(benchmark::State& state, Kind kind) {
  store::MemoryStore store;
  Writing writing(store, kind);
  while (state.KeepRunningBatch(kGroup)) writing.update_all();
}

void receive_memory(benchmark::State& state) {
  store::MemoryStore store;
  Receiving receiving(store);
  while (state.KeepRunningBatch(kGroup)) {
    state.PauseTiming();
    receiving.prepare();
    state.ResumeTiming();
    receiving.receive_all();
  }
}

// The committing thread works while the measuring one waits.
BENCHMARK_CAPTURE(write_memory, lead, Kind::lead)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(write_memory, contact, Kind::contact)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(receive_memory)->Name("receive_memory/contact")->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace deltapost::bench
