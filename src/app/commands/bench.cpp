// deltapost bench: a change through the API to its webhook at an endpoint, measured on this machine:
// throughput, latency, cost. The run checks itself: a change that was lost or reordered makes it fail.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "app/api_client.hpp"
#include "app/bench/counting_receiver.hpp"
#include "app/bench/load.hpp"
#include "app/bench/server_process.hpp"
#include "app/commands.hpp"
#include "app/pretty.hpp"
#include "app/temporary_folder.hpp"
#include "base/digest.hpp"

namespace deltapost::app {
namespace {

using bench::Moment;

struct Options {
  int seconds = 10, leads = 1000, endpoints = 1, in_flight = 64;
  bool receive = false;
  bool json = false;
};

constexpr std::chrono::seconds kDrainPatience{60};
constexpr std::chrono::milliseconds kLookEvery{20};

/// How fast this machine is right now at something that never changes: HMACs of 1 KiB per CPU-millisecond.
/// Taken before and after, it tells how far the machine drifted under the run.
double pace() {
  const std::string message(1024, 'x');
  Hmac mac(HashAlgorithm::sha256, "key");
  const auto begin = std::chrono::steady_clock::now();
  int count = 0;
  while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds{300}) {
    for (int i = 0; i < 50; ++i) mac.mac({message});
    count += 50;
  }
  return count / std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

Result<std::vector<std::string>> make_leads(ApiClient& client, int count) {
  std::vector<std::string> leads;
  for (int i = 0; i < count; ++i) {
    const Json body =
        JsonObject{{"phone", fmt::format("+1555{:07}", i)}, {"firstName", "Maria"}, {"lastName", "Lopez"}};
    auto created = client.ask("POST", "/v1/leads/create", &body);
    if (!created) return created.error();
    leads.emplace_back(created->at("id").as_string());
  }
  return leads;
}

Result<void> make_endpoints(ApiClient& client, const bench::CountingReceiver& receiver, int count) {
  for (int i = 0; i < count; ++i) {
    const Json body = JsonObject{
        {"url", receiver.url(i)}, {"format", "apten"}, {"events", JsonArray{"lead.additionalInfo.updated"}}};
    if (auto created = client.ask("POST", "/v1/endpoints", &body); !created) return created.error();
  }
  return ok();
}

/// A source that takes the same changes as signed webhooks.
Result<bench::SourceTarget> make_source(ApiClient& client) {
  const Json body = JsonObject{{"format", "apten"}, {"verifier", "apten"}};
  auto created = client.ask("POST", "/v1/sources", &body);
  if (!created) return created.error();
  // The server is started anew before the run: its address comes later.
  return bench::SourceTarget{std::string(created->at("token").as_string()),
                             std::string(created->at("secret").as_string())};
}

double percentile(std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

/// Milliseconds from the answer to the receipt, sorted. A receipt that overtook its answer counts as 0.
std::vector<double> latencies(const bench::LoadResult& load, const std::vector<std::string>& leads,
                              const bench::CountingReceiver& receiver, int endpoints) {
  std::vector<double> all;
  for (const auto& change : load.acknowledged)
    for (int endpoint = 0; endpoint < endpoints; ++endpoint)
      if (auto arrived = receiver.arrival(endpoint, leads[change.lead], change.version))
        all.push_back(
            std::max(0.0, std::chrono::duration<double, std::milli>(*arrived - change.answered).count()));
  std::ranges::sort(all);
  return all;
}

struct Figure {
  const char* name;
  double value;
  const char* unit;
};

void print_figures(const std::vector<Figure>& figures, bool json) {
  if (json) {
    JsonObject object;
    for (const Figure& figure : figures) object[figure.name] = figure.value;
    fmt::print("{}\n", to_text(object));
    return;
  }
  for (const Figure& figure : figures)
    fmt::print("  {:<28} {:>12.2f} {}\n", figure.name, figure.value, figure.unit);
}

int run_bench(const Options& options) {
  const TemporaryFolder folder("deltapost-bench");
  bench::CountingReceiver receiver(options.endpoints);
  if (auto started = receiver.start(); !started) return fail(started.error().message);
  auto server = bench::ServerProcess::start(folder.path());
  if (!server) return fail(server.error().message);
  ApiClient client((*server)->url(), (*server)->key());
  auto leads = make_leads(client, options.leads);
  if (!leads) return fail(leads.error().message);
  if (auto made = make_endpoints(client, receiver, options.endpoints); !made)
    return fail(made.error().message);
  std::optional<bench::SourceTarget> source;
  if (options.receive) {
    auto made = make_source(client);
    if (!made) return fail(made.error().message);
    source = *std::move(made);
  }
  // Started anew, so that the store's size before the run is known to the byte.
  const std::string key = (*server)->key();
  auto stored_before = (*server)->stop();
  if (!stored_before) return fail(stored_before.error().message);
  server = bench::ServerProcess::start(folder.path(), key);
  if (!server) return fail(server.error().message);

  if (!options.json)
    fmt::print(
        "{} leads, {} endpoint(s), {} requests in flight, {} s, on {} cores shared with load and receiver\n",
        options.leads, options.endpoints, options.in_flight, options.seconds,
        std::thread::hardware_concurrency());
  const double pace_before = pace();
  const auto pinged =
      bench::ping({(*server)->url(), (*server)->key(), options.in_flight, std::chrono::seconds{2}});
  const bench::Usage before = (*server)->usage();
  const bench::LoadTarget target{(*server)->url(), (*server)->key(), options.in_flight,
                                 std::chrono::seconds{options.seconds}};
  if (source) source->url = (*server)->url() + "/in/" + source->url;
  auto load = source ? bench::post_webhooks(target, *source, *leads) : bench::update_leads(target, *leads);
  std::ranges::sort(load.waits_ms);
  const std::uint64_t arrived_meanwhile = receiver.arrived();

  const std::uint64_t owed = load.requests * static_cast<std::uint64_t>(options.endpoints);
  const auto give_up = std::chrono::steady_clock::now() + kDrainPatience;
  while (receiver.arrived() < owed && std::chrono::steady_clock::now() < give_up)
    std::this_thread::sleep_for(kLookEvery);
  const bench::Usage after = (*server)->usage();
  auto stored_after = (*server)->stop();
  if (!stored_after) return fail(stored_after.error().message);
  const double pace_after = pace();

  std::unordered_map<std::string, std::uint64_t> last;
  for (const auto& change : load.acknowledged) {
    std::uint64_t& version = last[(*leads)[change.lead]];
    version = std::max<std::uint64_t>(version, change.version);
  }
  const bench::Verdict verdict = receiver.judge(last);
  auto delays = latencies(load, *leads, receiver, options.endpoints);
  const double changes = static_cast<double>(load.requests), seconds = load.seconds;
  const double pings_per_s = static_cast<double>(pinged.requests) / pinged.seconds;
  print_figures(
      {{"changes_per_s", changes / seconds, "acknowledged, durable"},
       {"deliveries_per_s", static_cast<double>(arrived_meanwhile) / seconds, "while changes came in"},
       {"pings_per_s", pings_per_s, "GET /livez with the same client, same run"},
       {"changes_per_ping", changes / seconds / pings_per_s, "the ratio to compare between machines"},
       {"answer_p50_ms", percentile(load.waits_ms, 0.50),
        "ms from request to durable answer, with so many in flight"},
       {"answer_p99_ms", percentile(load.waits_ms, 0.99), "ms from request to durable answer"},
       {"p50_ms", percentile(delays, 0.50), "ms from answer to receipt"},
       {"p99_ms", percentile(delays, 0.99), "ms from answer to receipt"},
       {"cpu_us_per_change", (after.cpu_s - before.cpu_s) * 1e6 / changes, "µs, the server alone"},
       {"bytes_written_per_change", static_cast<double>(after.written_bytes - before.written_bytes) / changes,
        "bytes"},
       {"bytes_kept_per_change",
        (static_cast<double>(*stored_after) - static_cast<double>(*stored_before)) / changes,
        "bytes, change and attempt"},
       {"peak_memory_mib", static_cast<double>(after.peak_memory_bytes) / (1 << 20), "MiB, the server"},
       {"refused", static_cast<double>(load.refused), "requests"},
       {"lost", static_cast<double>(verdict.lost), "deliveries"},
       {"reordered", static_cast<double>(verdict.reordered), "deliveries"},
       {"repeated", static_cast<double>(verdict.repeated), "deliveries"},
       {"drift", pace_after / pace_before, "the machine's pace after the run to before it"}},
      options.json);
  if (verdict.lost > 0 || verdict.reordered > 0 || load.requests == 0)
    return fail("the run is void: something was lost or reordered, or nothing was done");
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("bench", "measure throughput, latency and cost on this machine");
  auto options = std::make_shared<Options>();
  command->add_option("--seconds", options->seconds, "how long changes come in (default 10)")
      ->check(CLI::Range(1, 3600));
  command->add_option("--leads", options->leads, "how many leads they are about (default 1000)")
      ->check(CLI::Range(1, 9'999'999));
  command->add_option("--endpoints", options->endpoints, "how many endpoints get each (default 1)")
      ->check(CLI::Range(1, 1000));
  command->add_option("--in-flight", options->in_flight, "requests at once (default 64)")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--receive", options->receive,
                    "the changes come in as signed webhooks at a source, not through the API");
  command->add_flag("--json", options->json, "print one JSON object");
  command->callback([options, &run] { run = [options] { return run_bench(*options); }; });
}

}  // namespace deltapost::app
