// From the log to the request: what a change means, who gets it, what is sent. Handing out is measured by
// pages of 64 changes; the figures are per change.
#include <benchmark/benchmark.h>

#include "bench/support/handing.hpp"
#include "bench/support/samples.hpp"
#include "delivery/outgoing.hpp"

namespace deltapost::bench {
namespace {

void change_to_events(benchmark::State& state, Kind kind) {
  store::MemoryStore store;
  delivery::DocumentReader documents(store);
  const auto row = std::make_shared<const store::LogEntry>(row_of(kind, 1, 2));
  for (auto _ : state) {
    const delivery::LoggedChange change(row, documents);
    benchmark::DoNotOptimize(change.events());
  }
}

/// From the log's line to the signed request.
void change_to_request(benchmark::State& state, format::Format format, Kind kind) {
  store::MemoryStore store;
  delivery::DocumentReader documents(store);
  const auto row = std::make_shared<const store::LogEntry>(row_of(kind, 1, 2));
  const auto endpoint = endpoint_of(0, format);
  for (auto _ : state) {
    const delivery::LoggedChange change(row, documents);
    const auto& event = change.events()->front();
    const auto body = change.render(0, format, {}, kNow);
    benchmark::DoNotOptimize(delivery::outgoing(endpoint, event, **body, 2, 1, kNow));
  }
}

/// A request alone, as each further endpoint of the same format costs it.
void request(benchmark::State& state, format::Format format, Kind kind) {
  const auto view = change_of(kind);
  const auto event = format::events_of(view.change).front();
  const auto body = format::render(format, event, view, kNow, {});
  const auto endpoint = endpoint_of(0, format);
  for (auto _ : state) benchmark::DoNotOptimize(delivery::outgoing(endpoint, event, body, 2, 1, kNow));
}

void hand_out(benchmark::State& state, Handing& handing, std::size_t wanted_by) {
  DP_CHECK(handing.hand_out() == wanted_by * kPage);
  while (state.KeepRunningBatch(kPage)) benchmark::DoNotOptimize(handing.hand_out());
}

void hand_out_to_all(benchmark::State& state, std::size_t endpoints) {
  Handing handing(endpoints);
  hand_out(state, handing, endpoints);
}

void hand_out_by_type(benchmark::State& state) {
  Handing handing(10'000, [](std::size_t number, delivery::Endpoint& endpoint) {
    if (number != 5'000) endpoint.events = {"leadTagged"};
  });
  hand_out(state, handing, 1);
}

void hand_out_by_filter(benchmark::State& state) {
  const auto filter = [](std::string_view plan) {
    return good(condition::Condition::parse(
        JsonObject{{"==", JsonArray{JsonObject{{"var", "data.record.additionalInfo.plan"}}, plan}}}));
  };
  const auto matching = filter("Single"), other = filter("Group");
  Handing handing(10'000, [&](std::size_t number, delivery::Endpoint& endpoint) {
    endpoint.filter = number == 5'000 ? matching : other;
  });
  hand_out(state, handing, 1);
}

using format::Format;
BENCHMARK_CAPTURE(change_to_events, lead, Kind::lead);
BENCHMARK_CAPTURE(change_to_events, contact, Kind::contact);
BENCHMARK_CAPTURE(change_to_request, apten, Format::apten, Kind::lead);
BENCHMARK_CAPTURE(change_to_request, iclosed, Format::iclosed, Kind::contact);
BENCHMARK_CAPTURE(change_to_request, standard_contact, Format::standard, Kind::contact);
BENCHMARK_CAPTURE(request, apten, Format::apten, Kind::lead);
BENCHMARK_CAPTURE(request, iclosed, Format::iclosed, Kind::contact);
BENCHMARK_CAPTURE(hand_out_to_all, 1, 1)->Name("hand_out/1");
BENCHMARK_CAPTURE(hand_out_to_all, 100, 100)->Name("hand_out/100");
BENCHMARK(hand_out_by_type)->Name("hand_out/1_of_10000_by_type");
BENCHMARK(hand_out_by_filter)->Name("hand_out/1_of_10000_by_filter");

}  // namespace
}  // namespace deltapost::bench
