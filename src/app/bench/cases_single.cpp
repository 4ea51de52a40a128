// Cases of one change and one endpoint.
#include <fmt/format.h>

#include <fstream>

#include "app/bench/cases.hpp"
#include "app/bench/samples.hpp"

namespace deltapost::app::bench {
namespace {

constexpr int kTurns = 2;

/// In turn with the floor: what the machine does for others meanwhile meets both.
Result<Figures> beside_floor(Kind kind, const Plan& plan) {
  const Setup setup{.kind = kind};
  auto floor = FloorStage::build(kind, setup.records);
  if (!floor) return floor.error();
  auto stage = Stage::build(setup);
  if (!stage) return stage.error();
  const Round part{.duration = plan.duration / kTurns};
  if (auto played = play_in_turn({&(*floor)->contender(), &(*stage)->contender()}, part, kTurns); !played)
    return played.error();
  const Figures least = (*floor)->finish();
  auto figures = (*stage)->finish();
  if (!figures) return figures;
  figures->extras = {
      {"floor_changes_per_s", least.changes_per_s, "changes/s of the floor, in turn with this case"},
      {"floor_share", figures->changes_per_s / least.changes_per_s, "changes/s as a share of the floor's"},
      {"floor_cpu_us_per_change", least.cpu_us_per_change, "µs of CPU of the floor per change"},
      {"floor_p50_ms", least.receipt_ms.p50, "ms from the floor's answer to the receipt, median"},
      {"floor_lost", static_cast<double>(least.verdict.lost), "deliveries that the floor lost", false},
      {"floor_reordered", static_cast<double>(least.verdict.reordered), "deliveries that the floor reordered",
       false}};
  return figures;
}

/// Writes what `deltapost import` reads.
void write_contacts(const std::string& file, std::uint32_t count) {
  std::ofstream out(file);
  for (std::uint32_t record = 0; record < count; ++record) {
    JsonObject contact = sample_input(Kind::contact, record);
    contact["id"] = std::stoull(sample_id(Kind::contact, record));
    out << to_text(JsonObject{{"kind", "contact"}, {"record", std::move(contact)}}) << '\n';
  }
}

}  // namespace

Result<Figures> run_leads(const Plan& plan) {
  return beside_floor(Kind::lead, plan);
}

Result<Figures> run_contacts(const Plan& plan) {
  return beside_floor(Kind::contact, plan);
}

Result<Figures> run_received_contacts(const Plan& plan) {
  return measure({.kind = Kind::contact, .received = true}, {.duration = plan.duration});
}

Result<Figures> run_received_leads(const Plan& plan) {
  return measure({.received = true}, {.duration = plan.duration});
}

Result<Figures> run_https(const Plan& plan) {
  return measure({.tls = true}, {.duration = plan.duration});
}

Result<Figures> run_hot_record(const Plan& plan) {
  return measure({.used = 1}, {.duration = plan.duration});
}

Result<Figures> run_idle(const Plan& plan) {
  constexpr double kRate = 50;
  return measure({}, {.duration = plan.duration, .rate = kRate});
}

Result<Figures> run_half_load(const Plan& plan) {
  auto stage = Stage::build({});
  if (!stage) return stage.error();
  Contender& contender = (*stage)->contender();
  const auto main_case = plan.done.find(kMainCase);
  double maximum = main_case == plan.done.end() ? 0 : main_case->second.changes_per_s;
  if (maximum == 0) {
    if (auto played = play_round(contender, {.duration = plan.duration / 2}); !played) return played.error();
    maximum = static_cast<double>(contender.totals.acknowledged.size()) / contender.totals.whole_s;
    begin_measuring(contender);
  }
  if (auto played = play_round(contender, {.duration = plan.duration, .rate = maximum / 2}); !played)
    return played.error();
  auto figures = (*stage)->finish();
  if (figures) figures->extras = {{"rate_per_s", maximum / 2, "changes/s that were sent"}};
  return figures;
}

/// The command does not tell when which line was answered, so there are no latencies.
Result<Figures> run_import(const Plan& plan) {
  constexpr std::uint32_t kLinesPerSecond = 1000;
  const auto lines = static_cast<std::uint32_t>(plan.duration.count()) * kLinesPerSecond / 1000;
  auto stage = Stage::build({.kind = Kind::contact, .records = lines, .created = true});
  if (!stage) return stage.error();
  const std::string file = (*stage)->folder() + "/contacts";
  write_contacts(file, lines);
  Contender& contender = (*stage)->contender();
  Totals& totals = contender.totals;
  const Usage before = contender.process->usage();
  const std::int64_t began = now_ns();
  ServerProcess& server = (*stage)->server();
  auto importing = ChildProcess::start({"import", "--url", server.url(), "--api-key", server.key(), file},
                                       (*stage)->folder() + "/import");
  if (!importing) return importing.error();
  auto imported = (*importing)->wait();
  if (!imported) return imported.error();
  totals.load_s = static_cast<double>(now_ns() - began) / 1e9;
  wait_for_arrivals(*contender.arrivals, lines);
  const std::int64_t end = now_ns();
  totals.whole_s = static_cast<double>(std::max(end, contender.arrivals->last_ns()) - began) / 1e9;
  const Usage after = contender.process->usage();
  totals.cpu_s = after.cpu_s - before.cpu_s;
  totals.written_bytes = after.written_bytes - before.written_bytes;
  for (std::uint32_t record = 0; record < lines; ++record) totals.acknowledged.push_back({end, record, 1, 0});
  auto figures = (*stage)->finish();
  if (!figures) return figures;
  figures->timed = false;
  return figures;
}

}  // namespace deltapost::app::bench
