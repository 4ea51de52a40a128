// JSON, merge, diff.
#include <benchmark/benchmark.h>

#include "bench/support/samples.hpp"
#include "record/diff.hpp"

namespace deltapost::bench {
namespace {

void json_parse(benchmark::State& state, Kind kind) {
  const auto text = text_of(kind);
  for (auto _ : state) benchmark::DoNotOptimize(parse_json_object(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void json_write(benchmark::State& state, Kind kind) {
  const auto value = object(text_of(kind));
  for (auto _ : state) benchmark::DoNotOptimize(to_text(value));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text_of(kind).size()));
}

void merge(benchmark::State& state, Kind kind) {
  const auto document = document_of(kind);
  const auto patch = object(patch_of(kind, 1));
  for (auto _ : state) benchmark::DoNotOptimize(updated(kind, document, patch));
}

void compare(benchmark::State& state, Kind kind) {
  const auto before = document_of(kind);
  const auto after = updated(kind, before, object(patch_of(kind, 1))).document;
  for (auto _ : state) benchmark::DoNotOptimize(diff(before, after));
}

void diff_write(benchmark::State& state, Kind kind) {
  const auto fields = change_of(kind).change.fields;
  for (auto _ : state) benchmark::DoNotOptimize(to_text(diff_to_json(fields)));
}

BENCHMARK_CAPTURE(json_parse, lead_200_B, Kind::lead);
BENCHMARK_CAPTURE(json_parse, contact_1400_B, Kind::contact);
BENCHMARK_CAPTURE(json_write, lead_200_B, Kind::lead);
BENCHMARK_CAPTURE(json_write, contact_1400_B, Kind::contact);
BENCHMARK_CAPTURE(merge, lead_additional_info, Kind::lead);
BENCHMARK_CAPTURE(merge, contact, Kind::contact);
BENCHMARK_CAPTURE(compare, lead, Kind::lead)->Name("diff/lead");
BENCHMARK_CAPTURE(compare, contact, Kind::contact)->Name("diff/contact");
BENCHMARK_CAPTURE(diff_write, lead, Kind::lead);
BENCHMARK_CAPTURE(diff_write, contact, Kind::contact);

}  // namespace
}  // namespace deltapost::bench
