#include "app/api_client.hpp"

#include <fmt/format.h>

#include <cctype>
#include <future>

#include "net/client.hpp"
#include "net/loop.hpp"

namespace deltapost::app {
namespace {

constexpr std::chrono::seconds kTimeout{40};  // longer than the longest long poll
constexpr std::size_t kMaxAnswer = 64u << 20;

/// Whoever runs the command may reach what they can reach.
net::AddressGuard open_guard() {
  return net::AddressGuard({*net::Cidr::parse("0.0.0.0/0"), *net::Cidr::parse("::/0")});
}

net::ClientOptions client_options() {
  net::ClientOptions options;
  options.guard = open_guard();
  return options;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const unsigned char c : text) {
    if (std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~')
      out += static_cast<char>(c);
    else
      out += fmt::format("%{:02X}", c);
  }
  return out;
}

struct ApiClient::Impl {
  Impl(std::string url_in, std::string key_in) : url(std::move(url_in)), key(std::move(key_in)) {
    while (url.ends_with('/')) url.pop_back();
    loop.start("client");
  }
  ~Impl() { loop.stop(); }

  std::string url, key;
  net::Loop loop;
  net::Client client{loop, client_options()};
};

ApiClient::ApiClient(std::string url, std::string key)
    : impl_(std::make_unique<Impl>(std::move(url), std::move(key))) {}

ApiClient::~ApiClient() = default;

Result<ApiAnswer> ApiClient::call(const std::string& method, const std::string& path, const Json* body,
                                  net::Headers headers) {
  net::OutRequest request{.method = method,
                          .url = impl_->url + path,
                          .headers = std::move(headers),
                          .timeout = kTimeout,
                          .max_response_bytes = kMaxAnswer};
  if (!impl_->key.empty()) request.headers.push_back({"Authorization", "Bearer " + impl_->key});
  if (body != nullptr) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = to_text(*body);
  }
  net::OutResult result = send(std::move(request));
  if (const auto* failure = std::get_if<net::OutFailure>(&result))
    return Error{.fault = Fault::unavailable,
                 .message = fmt::format(
                     "no answer from {}: {}; is the server running, and is this its address (--url)?",
                     impl_->url, failure->reason)};
  auto& response = std::get<net::OutResponse>(result);
  ApiAnswer answer{.status = response.status, .headers = std::move(response.headers), .body = nullptr};
  if (!response.body.empty()) {
    auto json = parse_json(response.body, {.max_depth = 64, .max_bytes = kMaxAnswer});
    if (!json)
      return Error{.fault = Fault::unavailable,
                   .message = fmt::format(
                       "{} answered {} with something that is not JSON; is this a Deltapost server?",
                       impl_->url, response.status)};
    answer.body = *std::move(json);
  }
  return answer;
}

net::OutResult ApiClient::send(net::OutRequest request) {
  std::promise<net::OutResult> promise;
  auto future = promise.get_future();
  impl_->client.send(std::move(request),
                     [&promise](net::OutResult result) { promise.set_value(std::move(result)); });
  return future.get();
}

Result<Json> ApiClient::ask(const std::string& method, const std::string& path, const Json* body) {
  auto answer = call(method, path, body);
  if (!answer) return answer.error();
  if (answer->status >= 200 && answer->status < 300) return std::move(answer->body);
  Error error{.fault = Fault::invalid, .message = fmt::format("the server answered {}", answer->status)};
  if (answer->body.is_object()) {
    const JsonObject& problem = answer->body.get_object();
    if (const Json* detail = problem.if_contains("detail"); detail != nullptr && detail->is_string())
      error.message = fmt::format("{} ({})", std::string_view(detail->get_string()), answer->status);
    if (const Json* field = problem.if_contains("field"); field != nullptr && field->is_string())
      error.message = fmt::format("{}: {}", std::string_view(field->get_string()), error.message);
  }
  return error;
}

}  // namespace deltapost::app
