#include "app/bench/stage.hpp"

#include <fmt/format.h>

#include "app/api_client.hpp"
#include "app/bench/samples.hpp"
#include "app/bench/seed.hpp"

namespace deltapost::app::bench {
namespace {

constexpr int kConcurrency = 64;

std::string_view event_type(const Setup& setup) {
  if (setup.kind == Kind::lead) return setup.created ? "lead.created" : "lead.additionalInfo.updated";
  return setup.created ? "newContactCreated" : "contactUpdated";
}

JsonObject endpoint_input(const Setup& setup, const std::string& url) {
  // Soon at first, because how long a retry waits is not what is measured here; then for as long as an outage
  // of a long run may be.
  JsonArray schedule(5, Json(1));
  schedule.resize(20, Json(120));
  return {{"url", url},
          {"format", setup.kind == Kind::lead ? "apten" : "iclosed"},
          {"events", JsonArray{event_type(setup)}},
          {"concurrency", kConcurrency},
          {"retrySchedule", std::move(schedule)}};
}

/// Endpoints that want other events, other fields or other records, a third each.
JsonObject bystander_input(const Setup& setup, const std::string& url, std::uint32_t number) {
  const bool lead = setup.kind == Kind::lead;
  JsonObject input{{"url", url}, {"format", "standard"}};
  if (number % 3 == 0) input["events"] = JsonArray{lead ? "lead.deleted" : "contactDeleted"};
  if (number % 3 == 1) input["fields"] = JsonArray{lead ? "additionalInfo.never" : "country"};
  if (number % 3 == 2)
    input["filter"] = JsonObject{{"==", JsonArray{JsonObject{{"var", "data.id"}}, "nobody"}}};
  return input;
}

/// Creates endpoints one after the other, many at once.
class EndpointScript final : public Script {
 public:
  EndpointScript(const Setup& setup, std::string url, std::string key)
      : Script(setup.bystanders), setup_(setup), url_(std::move(url)), key_(std::move(key)) {}
  std::string blank() const override { return {}; }

 protected:
  void write(std::string& message, std::uint32_t record, std::uint32_t) override {
    const std::string body = to_text(bystander_input(setup_, url_, record));
    message = fmt::format(
        "POST /v1/endpoints HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nx-api-key: "
        "{}\r\n"
        "content-length: {}\r\n\r\n{}",
        key_, body.size(), body);
  }

 private:
  Setup setup_;
  std::string url_, key_;
};

}  // namespace

Result<std::unique_ptr<Stage>> Stage::build(const Setup& setup) {
  auto stage = std::unique_ptr<Stage>(new Stage(setup));
  stage->contender_.owed = {
      .endpoints = setup.endpoints, .excused = setup.excused, .first_version = setup.created ? 1U : 2U};
  using Step = Result<void> (Stage::*)();
  // The server ends before its store is seeded, and again before it is weighed.
  for (const Step step :
       {&Stage::start_receivers, &Stage::start_server, &Stage::seed_records, &Stage::start_server,
        &Stage::make_endpoints, &Stage::make_bystanders, &Stage::make_script})
    if (auto done = (stage.get()->*step)(); !done) return done.error();
  if (auto stopped = stage->server_->process().stop(); !stopped) return stopped.error();
  stage->bytes_before_ = store_bytes(stage->folder());
  if (auto started = stage->start_server(); !started) return started.error();
  return stage;
}

Result<void> Stage::start_receivers() {
  contender_.arrivals = std::make_unique<ArrivalLog>(id_mark(setup_.kind), setup_.endpoints);
  contender_.receiver = std::make_unique<Receiver>(*contender_.arrivals);
  if (setup_.tls) tls_ = std::make_unique<TlsReceiver>(*contender_.arrivals, folder());
  if (tls_ != nullptr)
    if (auto started = tls_->start(); !started) return started;
  return contender_.receiver->start();
}

Result<void> Stage::start_server() {
  auto server = ServerProcess::start(
      {.folder = folder(), .key = key_, .ca_file = tls_ != nullptr ? tls_->ca_file() : std::string()});
  if (!server) return server.error();
  server_ = *std::move(server);
  key_ = server_->key();
  contender_.port = server_->port();
  contender_.process = &server_->process();
  return ok();
}

Result<void> Stage::seed_records() {
  if (auto stopped = server_->process().stop(); !stopped) return stopped.error();
  if (setup_.created) return ok();
  return seed(store_file(folder()), setup_.kind, setup_.records);
}

std::string Stage::endpoint_url(std::uint32_t endpoint) const {
  if (tls_ != nullptr) return tls_->url(endpoint);
  const bool frail = setup_.frail || endpoint >= setup_.endpoints;
  return frail ? contender_.receiver->frail_url(endpoint) : contender_.receiver->url(endpoint);
}

Result<void> Stage::make_endpoints() {
  ApiClient client(server_->url(), key_);
  for (std::uint32_t i = 0; i < setup_.endpoints + setup_.excused; ++i) {
    const Json body = endpoint_input(setup_, endpoint_url(i));
    auto created = client.ask("POST", "/v1/endpoints", &body);
    if (!created) return created.error();
    endpoint_ids_.emplace_back(created->at("endpoint").at("id").as_string());
  }
  return ok();
}

Result<void> Stage::make_bystanders() {
  if (setup_.bystanders == 0) return ok();
  // A number beyond all endpoints: what arrives there is unasked for.
  EndpointScript script(setup_, contender_.receiver->url(setup_.endpoints + setup_.excused), key_);
  auto made =
      play({.port = server_->port(), .duration = std::chrono::minutes{2}, .max_requests = setup_.bystanders},
           script);
  if (!made) return made.error();
  if (made->acknowledged.size() != setup_.bystanders)
    return Error{.fault = Fault::unavailable,
                 .message = fmt::format("the server took {} of {} endpoints", made->acknowledged.size(),
                                        setup_.bystanders)};
  return ok();
}

Result<void> Stage::make_script() {
  const std::uint32_t used = setup_.used == 0 ? setup_.records : setup_.used;
  if (!setup_.received) {
    contender_.script = api_updates(setup_.kind, used, key_);
    return ok();
  }
  const Json body =
      JsonObject{{"format", setup_.kind == Kind::lead ? "apten" : "iclosed"}, {"verifier", "apten"}};
  auto created = ApiClient(server_->url(), key_).ask("POST", "/v1/sources", &body);
  if (!created) return created.error();
  contender_.script = source_webhooks(setup_.kind, used,
                                      {.token = std::string(created->at("token").as_string()),
                                       .secret = std::string(created->at("secret").as_string())});
  return ok();
}

Result<void> Stage::kill_and_restart() {
  server_->process().kill();
  return start_server();
}

Result<void> Stage::touch_endpoint(std::uint32_t endpoint) {
  const Json body = JsonObject{{"description", "back again"}};
  auto edited =
      ApiClient(server_->url(), key_).ask("PATCH", "/v1/endpoints/" + endpoint_ids_.at(endpoint), &body);
  if (!edited) return edited.error();
  return ok();
}

Result<Figures> Stage::finish() {
  const Usage used = server_->process().usage();
  if (auto stopped = server_->process().stop(); !stopped) return stopped.error();
  if (tls_ != nullptr) tls_->stop();
  const auto kept = static_cast<double>(store_bytes(folder())) - static_cast<double>(bytes_before_);
  Figures figures = figures_of(contender_, kept);
  figures.peak_memory_mib = static_cast<double>(used.peak_memory_bytes) / (1 << 20);
  return figures;
}

Result<std::unique_ptr<FloorStage>> FloorStage::build(Kind kind, std::uint32_t records) {
  auto stage = std::unique_ptr<FloorStage>(new FloorStage());
  Contender& contender = stage->contender_;
  contender.arrivals = std::make_unique<ArrivalLog>(id_mark(kind), 1);
  contender.receiver = std::make_unique<Receiver>(*contender.arrivals);
  if (auto started = contender.receiver->start(); !started) return started.error();
  const std::string& folder = stage->folder_.path();
  auto process =
      ChildProcess::start({"bench", "floor", "--receiver-port", std::to_string(contender.receiver->port()),
                           "--log", folder + "/log", "--port-file", folder + "/port"},
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
