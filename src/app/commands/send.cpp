// deltapost source send: posts a saved body to a source, signed as it expects.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "app/api_client.hpp"
#include "app/commands.hpp"
#include "base/encoding.hpp"
#include "format/verifier.hpp"

namespace deltapost::app {
namespace {

struct Options {
  Target target;
  std::string source, file, content_type, id, to, secret;
  int times = 1;
};

Result<std::string> read_file(const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
    return std::move(text).str();
  }
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return Error{Fault::not_found, fmt::format("cannot read {}; give the file with the body, or -", path)};
  text << in.rdbuf();
  return std::move(text).str();
}

/// Form bodies and JSON are told apart by how they begin; --content-type says otherwise.
std::string content_type_of(const std::string& body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (body[first] == '{' || body[first] == '[')) return "application/json";
  if (body.starts_with("--")) {
    const std::string boundary = body.substr(2, body.find_first_of("\r\n") - 2);
    return "multipart/form-data; boundary=" + boundary;
  }
  return "application/x-www-form-urlencoded";
}

/// The path and query behind the host.
std::string target_of(const std::string& url) {
  const std::size_t host = url.find("://");
  const std::size_t path = url.find('/', host == std::string::npos ? 0 : host + 3);
  return path == std::string::npos ? "/" : url.substr(path);
}

int post(ApiClient& client, const net::OutRequest& request) {
  const net::OutResult result = client.send(request);
  if (const auto* failure = std::get_if<net::OutFailure>(&result))
    return fail(fmt::format("no answer from {}: {}", request.url, failure->reason));
  const auto& answer = std::get<net::OutResponse>(result);
  fmt::print("{} {}\n", answer.status, answer.body);
  return answer.status >= 200 && answer.status < 300 ? 0 : 1;
}

int send(const Options& options) {
  if (const std::string missing = missing_key(options.target); !missing.empty()) return fail(missing);
  auto body = read_file(options.file);
  if (!body) return fail(body.error().message);
  ApiClient client(options.target.url, options.target.key);
  auto source = client.ask("GET", "/v1/sources/" + options.source);
  if (!source) return fail(source.error().message);
  auto secrets = client.ask("GET", "/v1/sources/" + options.source + "/secret");
  if (!secrets) return fail(secrets.error().message);
  auto verifier = format::parse_verifier(source->at("verifier"), "verifier");
  if (!verifier) return fail(verifier.error().message);

  std::string url = options.to;
  if (url.empty()) url = options.target.url + "/in/" + std::string(secrets->at("token").as_string());
  std::string secret = options.secret;
  if (const Json& ours = secrets->at("secret"); secret.empty() && ours.is_string())
    secret = ours.get_string();
  SystemRandom random;
  const std::string id = options.id.empty() ? "msg_" + random_base62(random, 20) : options.id;
  for (int i = 0; i < options.times; ++i) {
    auto signing = format::sign(*verifier, secret, target_of(url), *body, id, SystemClock().now());
    if (!signing) return fail(signing.error().message);
    net::OutRequest request{.url = url, .body = *body};
    for (const auto& [name, value] : signing->parameters)
      request.url +=
          fmt::format("{}{}={}", request.url.find('?') == std::string::npos ? '?' : '&', name, value);
    request.headers.push_back(
        {"Content-Type", options.content_type.empty() ? content_type_of(*body) : options.content_type});
    for (const auto& [name, value] : signing->headers) request.headers.push_back({name, value});
    if (const int failed = post(client, request); failed != 0) return failed;
  }
  return 0;
}

}  // namespace

void add_send(CLI::App& app, Run& run) {
  auto* command = app.get_subcommand("source")->add_subcommand(
      "send", "post a saved body to a source, signed as it expects (docs/samples has some)");
  auto options = std::make_shared<Options>();
  command->add_option("id", options->source, "the source's id")->required();
  command->add_option("file", options->file, "the file with the body; - for standard input")->required();
  command->add_option("--content-type", options->content_type, "default: by what the body looks like");
  command->add_option("--event-id", options->id, "webhook-id, for verifier standard (default: a new one)");
  command->add_option("--secret", options->secret, "sign with another secret, to see it refused");
  command->add_option("--to", options->to, "post to another URL than the source's own");
  command->add_option("--times", options->times, "how often, to see duplicates")->check(CLI::Range(1, 1000));
  add_target(*command, options->target);
  command->callback([options, &run] { run = [options] { return send(*options); }; });
}

}  // namespace deltapost::app
