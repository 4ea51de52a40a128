#include "app/receiver.hpp"

#include <fmt/format.h>

#include <mutex>

#include "app/pretty.hpp"
#include "format/signature.hpp"
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

  void handle(net::Request request, net::Respond respond) {
    Arrival arrival{.at = clock.now(),
                    .headers = std::move(request.headers),
                    .raw = std::move(request.body),
                    .body = nullptr,
                    .verified = {},
                    .unverified = {}};
    if (auto body = parse_json(arrival.raw)) arrival.body = *std::move(body);
    {
      std::lock_guard lock(mutex);
      verify(arrival, secrets, arrival.at);
    }
    arrived(arrival);
    respond({.status = options.status, .body = "{}"});
  }
};

Receiver::Receiver(ReceiverOptions options, std::function<void(const Arrival&)> arrived)
    : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
  impl_->arrived = std::move(arrived);
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
