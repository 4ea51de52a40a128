#include "simulation/core/network.hpp"

#include <fmt/format.h>

namespace deltapost::simulation {

void Network::carry(net::OutRequest request, UniqueFunction<void(net::OutResult)> done) {
  struct Exchange {
    net::OutRequest request;
    UniqueFunction<void(net::OutResult)> done;
    bool over = false;
  };
  auto exchange = std::make_shared<Exchange>(Exchange{std::move(request), std::move(done)});
  const auto finish = [exchange](net::OutResult result) {
    if (std::exchange(exchange->over, true)) return;
    exchange->done(std::move(result));
  };
  const Millis timeout = exchange->request.timeout;
  timeline_.after(
      timeout, [finish, timeout] { finish(failure(fmt::format("timed out after {} ms", timeout.count()))); });
  if (timeline_.chance(weather_.lost_requests)) return timeline_.count("request lost");
  const bool answer_lost = timeline_.chance(weather_.lost_answers);
  if (answer_lost) timeline_.count("answer lost");
  const Millis back = timeline_.up_to(weather_.latency / 2);
  timeline_.after(timeline_.up_to(weather_.latency / 2), [this, exchange, finish, answer_lost, back] {
    const auto host = hosts_.find(split_url(exchange->request.url).host);
    if (host == hosts_.end()) return finish(failure("connection refused"));
    host->second(exchange->request, [this, finish, answer_lost, back](net::OutResult result) {
      if (answer_lost) return;
      timeline_.after(back, [finish, result = std::move(result)] { finish(result); });
    });
  });
}

UrlParts split_url(const std::string& url) {
  const std::size_t host = url.find("//") + 2, target = url.find('/', host);
  return {url.substr(host, target - host), url.substr(target)};
}

net::OutResponse response(int status, std::string body, net::Headers headers) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

net::OutFailure failure(std::string reason) {
  return {.reason = std::move(reason)};
}

void SimulatedTurns::after(Millis delay, UniqueFunction<void()> function) {
  timeline_.after(delay, [alive = alive_, function = std::move(function)]() mutable {
    if (*alive) function();
  });
}

void SimulatedSender::send(net::OutRequest request, UniqueFunction<void(net::OutResult)> done) {
  if (!*alive_) return;
  ++open_;
  network_.carry(std::move(request),
                 [this, alive = alive_, done = std::move(done)](net::OutResult result) mutable {
                   if (!*alive) return;
                   --open_;
                   done(std::move(result));
                 });
}

}  // namespace deltapost::simulation
