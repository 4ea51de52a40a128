// Network: carries requests between hosts on the timeline, and loses some. Everyone in the simulation talks
// over it: clients, senders, systems, receivers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "net/http.hpp"
#include "net/sender.hpp"
#include "net/turns.hpp"
#include "simulation/core/timeline.hpp"

namespace deltapost::simulation {

/// What a host answers with; dropped without a call, the answer never comes.
using AnswerBack = std::function<void(net::OutResult)>;
using Host = std::function<void(const net::OutRequest& request, AnswerBack answer)>;

class Network {
 public:
  struct Weather {
    double lost_requests = 0;
    double lost_answers = 0;
    Millis latency{4};  // there and back, at most
  };

  explicit Network(Timeline& timeline) : timeline_(timeline) {}

  void attach(const std::string& host, Host behaviour) { hosts_[host] = std::move(behaviour); }
  Weather& weather() { return weather_; }

  /// `done` is called once: with the answer, or with a failure when the request's timeout has passed.
  void carry(net::OutRequest request, UniqueFunction<void(net::OutResult)> done);

 private:
  Timeline& timeline_;
  Weather weather_;
  std::map<std::string, Host> hosts_;
};

/// The parts of "http://host/path?query".
struct UrlParts {
  std::string host, target;
};
UrlParts split_url(const std::string& url);

net::OutResponse response(int status, std::string body = {}, net::Headers headers = {});
net::OutFailure failure(std::string reason);

/// Whether a life of a system is still going on; what belongs to an ended one is dropped.
using Alive = std::shared_ptr<const bool>;

/// A system's loop: its turns are taken on the timeline, as long as it lives.
class SimulatedTurns final : public net::Turns {
 public:
  SimulatedTurns(Timeline& timeline, Alive alive) : timeline_(timeline), alive_(std::move(alive)) {}
  void post(UniqueFunction<void()> function) override { after(Millis{0}, std::move(function)); }
  void after(Millis delay, UniqueFunction<void()> function) override;
  bool running() const override { return *alive_; }

 private:
  Timeline& timeline_;
  Alive alive_;
};

/// A system's client. What it sent goes on its way even when the system has ended; nobody hears the answer.
class SimulatedSender final : public net::Sender {
 public:
  SimulatedSender(Network& network, Alive alive) : network_(network), alive_(std::move(alive)) {}
  void send(net::OutRequest request, UniqueFunction<void(net::OutResult)> done) override;
  /// Requests under way.
  std::size_t open() const { return open_; }

 private:
  Network& network_;
  Alive alive_;
  std::size_t open_ = 0;
};

}  // namespace deltapost::simulation
