#include "app/demo/stage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/config.hpp"
#include "app/pretty.hpp"

namespace deltapost::app::demo {
namespace {

constexpr std::chrono::seconds kPatience{15};

/// Members that differ from run to run: replaced in the expected body when they have the right form.
bool take_over_injected(Json& expected, const Json& actual) {
  if (!expected.is_object() || !actual.is_object()) return true;
  JsonObject& wanted = expected.get_object();
  const Json* id = actual.get_object().if_contains("eventId");
  if (wanted.contains("eventId")) {
    const bool hex =
        id != nullptr && id->is_string() && id->get_string().size() == 32 &&
        std::string_view(id->get_string()).find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!hex) return false;
    wanted["eventId"] = *id;
  }
  const Json* timestamp = actual.get_object().if_contains("timestamp");
  if (wanted.contains("timestamp")) {
    if (timestamp == nullptr || !timestamp->is_string() || !parse_iso(timestamp->get_string())) return false;
    wanted["timestamp"] = *timestamp;
  }
  return true;
}

Error unexpected(std::string message) {
  return {.fault = Fault::internal, .message = std::move(message)};
}

constexpr const char* kIndent = "           ";

/// Of a creation only what was given is worth a line: the rest of the shape is null, false or empty.
JsonObject worth_showing(const JsonObject& changes) {
  JsonObject shown;
  for (const auto& [path, change] : changes) {
    const JsonObject& sides = change.as_object();
    const Json* value = sides.if_contains("new");
    const bool empty = value != nullptr && (value->is_null() || *value == false || *value == JsonObject{} ||
                                            *value == JsonArray{});
    if (sides.contains("old") || !empty) shown[path] = change;
  }
  return shown;
}

/// The answer's record version and whether it changed, as the API says it.
void print_change(const Json& answer, const Json& changes) {
  const JsonObject& body = answer.as_object();
  const bool changed = !body.contains("changed") || body.at("changed").as_bool();
  const auto version = body.at("version").to_number<std::uint64_t>();
  if (!changed) {
    fmt::print("  change   none, it stays at version {}\n", version);
    return;
  }
  fmt::print("  change   version {} -> {}\n{}", version - 1, version,
             pretty_changes(worth_showing(changes.as_object()), kIndent));
}

/// A full contact is long: shown are its id, what changed, and why it was sent.
Json excerpt(const Json& body) {
  if (!body.is_array() || body.get_array().empty()) return body;
  const JsonObject& contact = body.get_array()[0].as_object();
  JsonObject shown{{"id", contact.at("id")}};
  for (const Json& attribute : contact.at("updatedAttributes").as_array())
    shown[attribute.as_string()] = contact.at(attribute.as_string());
  shown["…"] = fmt::format("{} more members", contact.size() - shown.size() - 3);
  for (const char* name : {"updatedAt", "updatedAttributes", "hookType"}) shown[name] = contact.at(name);
  return JsonArray{std::move(shown)};
}

std::string indented(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += kIndent;
  }
  return out;
}

void print_webhook(const Arrival& arrival, Time asked_at) {
  fmt::print("  webhook  {}, {} ms after the request, {}\n{}{}\n", tell(arrival, "").event,
             (arrival.at - asked_at).count(),
             arrival.unverified.empty()
                 ? fmt::format("signature verified ({})", fmt::join(arrival.verified, ", "))
                 : "NOT VERIFIED: " + arrival.unverified,
             kIndent, indented(pretty(excerpt(arrival.body))));
}

}  // namespace

Result<std::unique_ptr<Stage>> Stage::set_up(const std::string& folder, const std::string& port) {
  auto stage = std::unique_ptr<Stage>(new Stage());
  auto config = load_config({.flags = {{"store", folder + "/deltapost.db"},
                                       {"listen", "127.0.0.1:" + port},
                                       {"allow_network", "127.0.0.0/8"}},
                             .environment = {},
                             .file = {}});
  if (!config) return config.error();
  auto server = Server::open(config->config, "");
  if (!server) return server.error();
  stage->server_ = *std::move(server);
  stage->server_->on_first_key([&key = stage->key_](const std::string& shown) { key = shown; });
  if (auto started = stage->server_->start(); !started) return started.error();
  stage->server_url_ = fmt::format("http://127.0.0.1:{}", stage->server_->port());
  stage->client_ = std::make_unique<ApiClient>(stage->server_url_, stage->key_);
  stage->receiver_ =
      std::make_unique<Receiver>(ReceiverOptions{}, [stage = stage.get()](const Arrival& arrival) {
        std::lock_guard lock(stage->mutex_);
        if (stage->print_) {
          const Story story = tell(arrival, "    ");
          fmt::print("{}  {}  {}  {}\n{}", iso_millis(arrival.at), story.event, story.record,
                     arrival.unverified.empty() ? "verified" : "NOT VERIFIED: " + arrival.unverified,
                     story.details);
          std::fflush(stdout);
          return;
        }
        stage->arrivals_.push_back(arrival);
        stage->arrived_.notify_all();
      });
  if (auto started = stage->receiver_->start(); !started) return started.error();
  return stage;
}

std::string Stage::receiver_url() const {
  return fmt::format("http://127.0.0.1:{}", receiver_->port());
}

Result<void> Stage::add_endpoint(JsonObject settings) {
  settings["url"] = fmt::format("{}/hooks/{}", receiver_url(), ++endpoints_);
  const Json body(std::move(settings));
  auto created = client_->ask("POST", "/v1/endpoints", &body);
  if (!created) return created.error();
  receiver_->trust(std::string(created->at("secret").as_string()));
  return ok();
}

Result<Arrival> Stage::next_arrival() {
  std::unique_lock lock(mutex_);
  if (!arrived_.wait_for(lock, kPatience, [this] { return !arrivals_.empty(); }))
    return unexpected(fmt::format("no webhook arrived within {} s", kPatience.count()));
  Arrival arrival = std::move(arrivals_.front());
  arrivals_.pop_front();
  return arrival;
}

Result<Json> Stage::play(const Step& step) {
  fmt::print("\n{}\n  request  {} {}\n{}{}\n", step.title, step.method, step.path, kIndent,
             indented(pretty(step.body)));
  const Time asked_at = SystemClock().now();
  auto answer = client_->ask(step.method, step.path, &step.body);
  if (!answer) return answer.error();
  // The newest change of the account is the one that this step made.
  auto feed = client_->ask("GET", "/v1/changes?limit=1000");
  if (!feed) return feed.error();
  print_change(*answer, feed->at("changes").as_array().back().at("changes"));

  if (auto arrived = expect_webhook(step.expected(*answer), asked_at); !arrived) return arrived.error();
  return answer;
}

Result<void> Stage::expect_webhook(Json expected, Time asked_at) {
  if (expected.is_null()) {
    fmt::print("  webhook  none\n");
    return ok();
  }
  auto arrival = next_arrival();
  if (!arrival) return arrival.error();
  print_webhook(*arrival, asked_at);
  if (!arrival->unverified.empty()) return unexpected(arrival->unverified);
  if (!take_over_injected(expected, arrival->body) || !same_json(expected, arrival->body))
    return unexpected("the webhook is not what was expected:\n" + pretty(expected));
  ++matched_;
  return ok();
}

// ---- the other end

Result<std::string> Stage::add_source(const JsonObject& settings) {
  const Json body(settings);
  auto created = client_->ask("POST", "/v1/sources", &body);
  if (!created) return created.error();
  auto verifier = format::parse_verifier(created->at("source").at("verifier"), "verifier");
  if (!verifier) return verifier.error();
  std::string id(created->at("source").at("id").as_string());
  const Json& secret = created->at("secret");
  sources_[id] = {std::string(created->at("url").as_string()),
                  secret.is_string() ? std::string(secret.get_string()) : std::string(),
                  *std::move(verifier)};
  return id;
}

Result<void> Stage::receive(const Incoming& incoming) {
  const KnownSource& source = sources_.at(incoming.source);
  const auto told = parse_json(incoming.body);
  fmt::print("\n{}\n  arrives  POST /in/…\n{}{}\n", incoming.title, kIndent,
             told ? indented(to_text(*told)) : incoming.body);
  const Time asked_at = SystemClock().now();
  const std::string secret = incoming.forged ? "not the secret of this source" : source.secret;
  auto signing = format::sign(source.verifier, secret, "", incoming.body, "", asked_at);
  if (!signing) return signing.error();
  net::OutRequest request{.url = source.url, .body = incoming.body};
  request.headers.push_back({"Content-Type", "application/json"});
  for (const auto& [name, value] : signing->headers) request.headers.push_back({name, value});
  const net::OutResult result = client_->send(std::move(request));
  const auto* answer = std::get_if<net::OutResponse>(&result);
  if (answer == nullptr) return unexpected(std::get<net::OutFailure>(result).reason);

  auto newest = client_->ask("GET", "/v1/receipts?limit=1&source=" + incoming.source);
  if (!newest) return newest.error();
  const JsonObject& receipt = newest->at("receipts").as_array().at(0).as_object();
  const std::string verdict(receipt.at("verdict").as_string());
  fmt::print("  receipt  {}: {}, answered {}\n", std::string_view(receipt.at("id").as_string()), verdict,
             answer->status);
  if (const Json* reason = receipt.if_contains("reason"))
    fmt::print("{}{}\n", kIndent, std::string_view(reason->as_string()));
  if (answer->status != incoming.status || verdict != incoming.verdict)
    return unexpected(fmt::format("expected was {}, answered {}", incoming.verdict, incoming.status));
  ++received_;
  auto record = client_->ask("GET", incoming.record);
  if (!record) return record.error();
  return expect_webhook(incoming.expected(*record), asked_at);
}

Result<void> Stage::nothing_else_arrived() {
  std::lock_guard lock(mutex_);
  if (arrivals_.empty()) return ok();
  return unexpected("a webhook arrived that nobody expected:\n" + pretty(arrivals_.front().body));
}

void Stage::print_arrivals() {
  std::lock_guard lock(mutex_);
  print_ = true;
}

}  // namespace deltapost::app::demo
