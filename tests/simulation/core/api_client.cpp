#include "simulation/core/api_client.hpp"

#include <fmt/format.h>

namespace deltapost::simulation {
namespace {

constexpr Millis kTimeout{10'000};
constexpr int kTries = 6;
constexpr std::string_view kErase = "/erase";

/// Of a write, the record's target; a creation's is in its answer.
std::string target_of(const Ask& ask, const Told& told) {
  if (ask.method != "POST") return ask.target;
  if (ask.target == "/v1/leads/create")
    return fmt::format("/v1/leads/{}", std::string_view(told.body.at("id").as_string()));
  if (ask.target == "/v1/contacts")
    return fmt::format("/v1/contacts/{}", to_text(told.body.at("data").at("contact").at("id")));
  return ask.target;
}

}  // namespace

net::OutRequest ApiClient::request_of(const Ask& ask) const {
  net::OutRequest request{.method = ask.method,
                          .url = fmt::format("http://{}{}", system_.host(), ask.target),
                          .timeout = kTimeout};
  request.headers.push_back({"x-api-key", ask.api_key.empty() ? system_.key() : ask.api_key});
  if (ask.body) {
    request.headers.push_back({"content-type", "application/json"});
    request.body = to_text(*ask.body);
  }
  if (!ask.idempotency_key.empty()) request.headers.push_back({"idempotency-key", ask.idempotency_key});
  if (ask.if_match) request.headers.push_back({"if-match", fmt::format("\"{}\"", *ask.if_match)});
  return request;
}

void ApiClient::ask(Ask ask, Done done) {
  ++open_;
  if (ask.target.ends_with(kErase))
    erased_.emplace(ask.api_key, ask.target.substr(0, ask.target.size() - kErase.size()));
  attempt(std::make_shared<Exchange>(Exchange{std::move(ask), std::move(done)}));
}

void ApiClient::attempt(const std::shared_ptr<Exchange>& exchange) {
  ++exchange->told.tries;
  exchange->life = system_.life();
  timeline_.count("API request");
  network_.carry(request_of(exchange->ask),
                 [this, exchange](const net::OutResult& result) { hear(exchange, result); });
}

void ApiClient::hear(const std::shared_ptr<Exchange>& exchange, const net::OutResult& result) {
  Told& told = exchange->told;
  const auto* answer = std::get_if<net::OutResponse>(&result);
  const bool refused = answer == nullptr && std::get<net::OutFailure>(result).reason == "connection refused";
  const bool later = answer != nullptr && (answer->status == 503 || answer->status == 429);
  if (answer != nullptr && !later) {
    told.answered = true;
    told.status = answer->status;
    told.text = answer->body;
    if (auto body = parse_json_object(answer->body)) told.body = *std::move(body);
    if (answer->status >= 500) timeline_.break_promise("an API call was answered with " + answer->body);
    return settle(exchange);
  }
  if (later) timeline_.count("API request refused early");
  if (later && !net::find_header(answer->headers, "Retry-After"))
    timeline_.break_promise("a refusal without Retry-After: " + answer->body);
  told.doubtful = told.doubtful || (later ? system_.has_kept_a_secret_since(exchange->life) : !refused);
  if (told.tries >= kTries && !persistent_) return settle(exchange);
  timeline_.after(Millis{200} + timeline_.up_to(Millis{800} * told.tries),
                  [this, exchange] { attempt(exchange); });
}

void ApiClient::settle(const std::shared_ptr<Exchange>& exchange) {
  --open_;
  exchange->done(exchange->told);
  if (exchange->told.good() && !exchange->ask.idempotency_key.empty() && timeline_.chance(0.2))
    repeat(exchange);
}

bool ApiClient::may_be_forgotten(const Exchange& exchange) const {
  return erased_.contains({exchange.ask.api_key, target_of(exchange.ask, exchange.told)});
}

void ApiClient::repeat(const std::shared_ptr<Exchange>& exchange) {
  network_.carry(request_of(exchange->ask), [this, exchange](const net::OutResult& result) {
    const auto* answer = std::get_if<net::OutResponse>(&result);
    if (answer == nullptr || answer->status == 503 || answer->status == 429) return;
    if (answer->status == 409 && may_be_forgotten(*exchange))
      return timeline_.count("API request repeated after an erasure");
    timeline_.count("API request repeated");
    if (answer->status != exchange->told.status || answer->body != exchange->told.text ||
        !net::find_header(answer->headers, "Idempotency-Replayed"))
      timeline_.break_promise(fmt::format("a repeat was answered with {} {}, not {} {}", answer->status,
                                          answer->body, exchange->told.status, exchange->told.text));
  });
}

}  // namespace deltapost::simulation
