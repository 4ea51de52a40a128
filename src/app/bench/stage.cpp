#include "app/bench/stage.hpp"

#include <fmt/format.h>

#include "app/api_client.hpp"
#include "app/bench/samples.hpp"
#include "app/bench/seed.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::string_view kUpdatedLead = "lead.additionalInfo.updated", kUpdatedContact = "contactUpdated";
constexpr int kConcurrency = 64;

JsonObject endpoint_input(Kind kind, const std::string& url) {
  const bool lead = kind == Kind::lead;
  // An endpoint that failed is tried again every second: how long a retry waits is not what is measured here.
  return {{"url", url},
          {"format", lead ? "apten" : "iclosed"},
          {"events", JsonArray{lead ? kUpdatedLead : kUpdatedContact}},
          {"concurrency", kConcurrency},
          {"retrySchedule", JsonArray(20, Json(1))}};
}

}  // namespace

Result<std::unique_ptr<Stage>> Stage::build(const Setup& setup) {
  auto stage = std::unique_ptr<Stage>(new Stage(setup));
  Contender& contender = stage->contender_;
  contender.owed = {.endpoints = setup.endpoints, .excused = setup.excused};
  contender.arrivals = std::make_unique<ArrivalLog>(id_mark(setup.kind), setup.endpoints);
  contender.receiver = std::make_unique<Receiver>(*contender.arrivals);
  if (auto started = contender.receiver->start(); !started) return started.error();
  using Step = Result<void> (Stage::*)();
  // The server ends before its store is seeded, and again before it is weighed: in full, nothing underway.
  for (const Step step : {&Stage::start_server, &Stage::seed_records, &Stage::start_server,
                          &Stage::make_endpoints, &Stage::make_bystanders, &Stage::make_script})
    if (auto done = (stage.get()->*step)(); !done) return done.error();
  if (auto stopped = stage->server_->process().stop(); !stopped) return stopped.error();
  stage->bytes_before_ = store_bytes(stage->folder_.path());
  if (auto started = stage->start_server(); !started) return started.error();
  return stage;
}

Result<void> Stage::start_server() {
  auto server = ServerProcess::start({.folder = folder_.path(), .key = key_});
  if (!server) return server.error();
  server_ = *std::move(server);
  key_ = server_->key();
  contender_.port = server_->port();
  contender_.process = &server_->process();
  return ok();
}

Result<void> Stage::seed_records() {
  if (auto stopped = server_->process().stop(); !stopped) return stopped.error();
  return seed(store_file(folder_.path()), setup_.kind, setup_.records);
}

Result<void> Stage::make_endpoints() {
  ApiClient client(server_->url(), key_);
  for (std::uint32_t i = 0; i < setup_.endpoints + setup_.excused; ++i) {
    const bool frail = setup_.frail || i >= setup_.endpoints;
    const Json body = endpoint_input(setup_.kind, frail ? receiver().frail_url(i) : receiver().url(i));
    auto created = client.ask("POST", "/v1/endpoints", &body);
    if (!created) return created.error();
    endpoint_ids_.emplace_back(created->at("endpoint").at("id").as_string());
  }
  return ok();
}

Result<void> Stage::make_bystanders() {
  return ok();
}

Result<void> Stage::make_script() {
  const std::uint32_t used = setup_.used == 0 ? setup_.records : setup_.used;
  contender_.script = api_updates(setup_.kind, used, key_);
  return ok();
}

Result<Figures> Stage::finish() {
  auto used = server_->process().stop();
  if (!used) return used.error();
  const auto kept = static_cast<double>(store_bytes(folder_.path())) - static_cast<double>(bytes_before_);
  Figures figures = figures_of(contender_, kept);
  figures.peak_memory_mib = static_cast<double>(used->peak_memory_bytes) / (1 << 20);
  return figures;
}

Result<std::unique_ptr<FloorStage>> FloorStage::build(Kind kind, std::uint32_t records) {
  auto stage = std::unique_ptr<FloorStage>(new FloorStage());
  Contender& contender = stage->contender_;
  contender.arrivals = std::make_unique<ArrivalLog>(id_mark(kind), 1);
  contender.receiver = std::make_unique<Receiver>(*contender.arrivals);
  if (auto started = contender.receiver->start(); !started) return started.error();
  const std::string& folder = stage->folder_.path();
  auto process = ChildProcess::start({"bench", "floor", "--receiver-port",
                                      std::to_string(contender.receiver->port()), "--log", folder + "/log",
                                      "--port-file", folder + "/port"},
                                     folder + "/output");
  if (!process) return process.error();
  stage->process_ = *std::move(process);
  auto port = wait_for_port(*stage->process_, folder + "/port");
  if (!port) return port.error();
  contender.port = *port;
  contender.process = stage->process_.get();
  contender.script = ready_webhooks(kind, records);
  return stage;
}

Figures FloorStage::finish() {
  process_->kill();
  return figures_of(contender_, 0);
}

}  // namespace deltapost::app::bench
