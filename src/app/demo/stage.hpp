// Stage: what the demo's stories are played on: a real server on an SQLite file, a receiver that verifies,
// and a client between them that waits for the webhooks a change must cause and compares them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/api_client.hpp"
#include "app/receiver.hpp"
#include "app/server.hpp"
#include "format/verifier.hpp"

namespace deltapost::app::demo {

/// What one step of a story does, and what must come of it.
struct Step {
  std::string title;
  std::string method, path;
  Json body;
  /// The webhook's body as it must arrive, from the answer to the request; null: no webhook may come. An
  /// event id and a timestamp are checked by their form only.
  std::function<Json(const Json& answer)> expected;
};

/// A webhook that comes in, and what must come of it.
struct Incoming {
  std::string title;
  std::string source;  // its id
  std::string body;
  int status;
  std::string verdict;
  std::string record;  // path of the record that it is about
  /// As in Step; `answer` is that record as it then is.
  std::function<Json(const Json& answer)> expected;
  bool forged = false;  // signed with a secret that is not the source's
};

class Stage {
 public:
  static Result<std::unique_ptr<Stage>> set_up(const std::string& folder, const std::string& port);

  const std::string& key() const { return key_; }
  const std::string& server_url() const { return server_url_; }
  std::string receiver_url() const;
  const std::string& lead_id() const { return lead_id_; }
  void lead_id(std::string id) { lead_id_ = std::move(id); }
  int matched() const { return matched_; }
  int received() const { return received_; }

  /// An endpoint at the receiver, whose secret the receiver trusts from then on.
  Result<void> add_endpoint(JsonObject settings);

  /// Gives its id.
  Result<std::string> add_source(const JsonObject& settings);

  /// Posts a webhook to a source, prints what became of it.
  Result<void> receive(const Incoming& incoming);

  /// Plays a step, prints what happened, and gives the answer; an error when anything was not as expected.
  Result<Json> play(const Step& step);

  /// An error when a webhook came that no step expected. Each step's webhook comes after those before it, so
  /// that any extra one is noticed at the next step, or here.
  Result<void> nothing_else_arrived();

  /// From now on arrivals are printed as they come.
  void print_arrivals();

 private:
  Stage() = default;
  Result<Arrival> next_arrival();
  Result<void> expect_webhook(Json expected, Time asked_at);

  std::unique_ptr<Server> server_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<ApiClient> client_;
  std::string key_, server_url_, lead_id_;
  struct KnownSource {
    std::string url, secret;
    format::Verifier verifier;
  };
  std::map<std::string, KnownSource> sources_;
  int matched_ = 0;
  int received_ = 0;
  int endpoints_ = 0;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Arrival> arrivals_;
  bool print_ = false;
};

}  // namespace deltapost::app::demo
