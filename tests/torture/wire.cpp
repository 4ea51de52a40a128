#include "torture/wire.hpp"

#include <fmt/format.h>

#include "base/check.hpp"

namespace deltapost::torture {
namespace {

constexpr std::chrono::milliseconds kAgainAfter{20};
/// Longer than any stop of the server, so that only its end leaves a request without an answer.
constexpr std::chrono::minutes kPatience{2};
constexpr std::size_t kMaxAnswer = 1 << 20;

net::ClientOptions client_options() {
  net::ClientOptions options;
  options.guard = net::AddressGuard({*net::Cidr::parse("127.0.0.0/8")});
  return options;
}

}  // namespace

struct Wire::Asked {
  Ask ask;
  UniqueFunction<void(std::optional<Answer>)> done;
  std::uint32_t unanswered = 0;
};

Wire::Wire() : client_(loop_, client_options()) {
  loop_.start("wire");
}

Wire::~Wire() {
  loop_.stop();
}

void Wire::ask(Ask ask, UniqueFunction<void(std::optional<Answer>)> done) {
  send(std::make_shared<Asked>(Asked{.ask = std::move(ask), .done = std::move(done)}));
}

void Wire::send(std::shared_ptr<Asked> asked) {
  if (port_ == 0) {
    loop_.after(kAgainAfter, [this, asked] { send(asked); });
    return;
  }
  net::OutRequest request{.method = asked->ask.method,
                          .url = fmt::format("http://127.0.0.1:{}{}", port_.load(), asked->ask.path),
                          .headers = asked->ask.headers,
                          .body = asked->ask.body,
                          .timeout = kPatience,
                          .max_response_bytes = kMaxAnswer};
  request.headers.push_back({"Content-Type", "application/json"});
  client_.send(std::move(request),
               [this, asked](net::OutResult result) { answered(asked, std::move(result)); });
}

void Wire::answered(const std::shared_ptr<Asked>& asked, net::OutResult result) {
  constexpr int kTooMany = 429, kUnavailable = 503;
  const auto again = [&] { loop_.after(kAgainAfter, [this, asked] { send(asked); }); };
  const auto* response = std::get_if<net::OutResponse>(&result);
  if (response == nullptr) {
    ++unanswered_;
    ++asked->unanswered;
    if (asked->ask.until_answered) return again();
    return asked->done(std::nullopt);
  }
  if (response->status == kTooMany || response->status == kUnavailable) return again();
  auto body = parse_json(response->body);
  asked->done(Answer{.status = response->status,
                     .body = body ? *std::move(body) : Json(nullptr),
                     .unanswered = asked->unanswered});
}

}  // namespace deltapost::torture
