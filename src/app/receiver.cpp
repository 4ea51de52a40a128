#include "app/receiver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "app/pretty.hpp"
#include "format/signature.hpp"
#include "net/client.hpp"
#include "net/loop.hpp"
#include "net/server.hpp"

namespace deltapost::app {
namespace {

std::string text_at(const JsonObject& object, std::string_view name) {
  const Json* value = object.if_contains(name);
  if (value == nullptr) return "";
  return value->is_string() ? std::string(value->get_string()) : to_text(*value);
}

/// Each scheme that the request carries must fit; at least one must be there.
void verify(Arrival& arrival, const std::vector<std::string>& secrets, Time now) {
  if (secrets.empty()) {
    arrival.unverified = "no secret to verify with was given";
    return;
  }
  if (const auto signature = net::find_header(arrival.headers, "webhook-signature")) {
    const std::string id = arrival.header("webhook-id"), timestamp = arrival.header("webhook-timestamp");
    auto result = format::verify_standard(secrets, {id, timestamp, *signature}, arrival.raw, now);
    if (result)
      arrival.verified.emplace_back("standard");
    else
      arrival.unverified = result.error().message;
  }
  if (const auto signature = net::find_header(arrival.headers, "x-signature-sha256")) {
    bool fits = false;
    for (const std::string& secret : secrets)
      fits = fits || format::verify_apten(secret, *signature, arrival.raw);
    if (fits)
      arrival.verified.emplace_back("apten");
    else
      arrival.unverified = "X-Signature-SHA256 fits none of the secrets";
  }
  if (arrival.verified.empty() && arrival.unverified.empty()) arrival.unverified = "it carries no signature";
}

Story tell_apten(const JsonObject& body, const std::string& indent) {
  Story story{.event = text_at(body, "event"), .record = {}, .details = {}};
  const Json* data = body.if_contains("data");
  if (data == nullptr || !data->is_object()) return story;
  const JsonObject& fields = data->get_object();
  story.record = "lead " + text_at(fields, "leadId");
  for (const char* name : {"additionalInfo", "changes"})
    if (const Json* changes = fields.if_contains(name); changes != nullptr && changes->is_object())
      story.details += pretty_changes(changes->get_object(), indent);
  if (const std::string tag = text_at(fields, "tag"); !tag.empty())
    story.details += indent + "tag: " + tag + "\n";
  return story;
}

Story tell_iclosed(const JsonObject& contact, const std::string& indent) {
  Story story{
      .event = text_at(contact, "hookType"), .record = "contact " + text_at(contact, "id"), .details = {}};
  const Json* attributes = contact.if_contains("updatedAttributes");
  if (attributes == nullptr || !attributes->is_array()) return story;
  for (const Json& attribute : attributes->get_array())
    if (attribute.is_string())
      story.details += fmt::format("{}{}: now {}\n", indent, std::string_view(attribute.get_string()),
                                   text_at(contact, attribute.get_string()));
  return story;
}

Story tell_standard(const JsonObject& body, const std::string& indent) {
  Story story{.event = text_at(body, "type"), .record = {}, .details = {}};
  const JsonObject& data = body.at("data").as_object();
  story.record = fmt::format("{} {}", text_at(data, "kind"), text_at(data, "id"));
  if (const Json* changes = data.if_contains("changes"); changes != nullptr && changes->is_object())
    story.details = pretty_changes(changes->get_object(), indent);
  return story;
}

bool belongs_to_connection(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kNames{
      "host", "connection", "content-length", "transfer-encoding", "expect", "keep-alive"};
  return std::ranges::any_of(kNames, [&](std::string_view known) {
    return std::ranges::equal(
        known, name, [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
  });
}

/// Whoever runs the command may reach what they can reach.
net::ClientOptions open_client() {
  net::ClientOptions client;
  client.guard = net::AddressGuard({*net::Cidr::parse("0.0.0.0/0"), *net::Cidr::parse("::/0")});
  return client;
}

}  // namespace

std::string Arrival::header(std::string_view name) const {
  return std::string(net::find_header(headers, name).value_or(""));
}

struct Receiver::Impl {
  ReceiverOptions options;
  std::function<void(const Arrival&)> arrived;
  SystemClock clock;
  std::mutex mutex;
  std::vector<std::string> secrets;
  std::unique_ptr<net::Server> server;

  std::unique_ptr<net::Loop> loop;  // with the client, when webhooks are sent on
  std::unique_ptr<net::Client> client;

  void handle(net::Request request, net::Respond respond) {
    auto arrival = std::make_shared<Arrival>(Arrival{.at = clock.now(),
                                                     .headers = std::move(request.headers),
                                                     .raw = std::move(request.body),
                                                     .body = nullptr,
                                                     .verified = {},
                                                     .unverified = {}});
    if (auto body = parse_json(arrival->raw)) arrival->body = *std::move(body);
    {
      std::lock_guard lock(mutex);
      verify(*arrival, secrets, arrival->at);
    }
    if (client) return send_on(request, arrival, std::move(respond));
    arrived(*arrival);
    respond({.status = options.status, .body = "{}"});
  }

  /// As it came, its query included, but for the headers that belong to the connection.
  void send_on(const net::Request& came, const std::shared_ptr<Arrival>& arrival, net::Respond respond) {
    net::OutRequest request{.method = came.method, .url = options.forward, .body = arrival->raw};
    if (const std::size_t query = came.target.find('?'); query != std::string::npos)
      request.url += (request.url.find('?') == std::string::npos ? "?" : "&") + came.target.substr(query + 1);
    for (const auto& header : arrival->headers)
      if (!belongs_to_connection(header.name)) request.headers.push_back(header);
    client->send(
        std::move(request), [this, arrival, respond = std::move(respond)](net::OutResult result) mutable {
          net::Reply reply{.status = 502, .content_type = "text/plain", .body = {}};
          if (const auto* failure = std::get_if<net::OutFailure>(&result)) {
            reply.body = arrival->forwarded = failure->reason;
          } else {
            auto& answer = std::get<net::OutResponse>(result);
            reply.status = answer.status;
            reply.content_type = net::find_header(answer.headers, "content-type").value_or("text/plain");
            reply.body = std::move(answer.body);
            arrival->forwarded = std::to_string(reply.status);
          }
          arrived(*arrival);
          respond(std::move(reply));
        });
  }
};

Receiver::Receiver(ReceiverOptions options, std::function<void(const Arrival&)> arrived)
    : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
  impl_->arrived = std::move(arrived);
  if (!options.forward.empty()) {
    impl_->loop = std::make_unique<net::Loop>();
    impl_->loop->start("forward");
    impl_->client = std::make_unique<net::Client>(*impl_->loop, open_client());
  }
  net::ServerOptions server;
  server.address = options.address;
  server.port = options.port;
  impl_->server =
      std::make_unique<net::Server>(server, [impl = impl_.get()](net::Request request, net::Respond respond) {
        impl->handle(std::move(request), std::move(respond));
      });
}

Receiver::~Receiver() {
  impl_->server->stop(std::chrono::seconds{1});
  if (impl_->loop) impl_->loop->stop();
}

void Receiver::trust(const std::string& secret) {
  std::lock_guard lock(impl_->mutex);
  impl_->secrets.push_back(secret);
}

Result<void> Receiver::start() {
  return impl_->server->start();
}

std::uint16_t Receiver::port() const {
  return impl_->server->port();
}

Story tell(const Arrival& arrival, const std::string& indent) {
  if (arrival.body.is_array() && !arrival.body.get_array().empty() && arrival.body.get_array()[0].is_object())
    return tell_iclosed(arrival.body.get_array()[0].get_object(), indent);
  if (!arrival.body.is_object()) return {.event = "something else", .record = {}, .details = {}};
  const JsonObject& body = arrival.body.get_object();
  if (body.contains("hookType")) return tell_iclosed(body, indent);
  if (body.contains("event")) return tell_apten(body, indent);
  if (const Json* data = body.if_contains("data");
      body.contains("type") && data != nullptr && data->is_object())
    return tell_standard(body, indent);
  return {.event = "something else", .record = {}, .details = {}};
}

}  // namespace deltapost::app
