// Stage: a server with its records, endpoints and receiver, set up for a case and measured.
#pragma once

#include <memory>
#include <string>

#include "app/bench/contender.hpp"
#include "app/bench/figures.hpp"
#include "app/bench/server_process.hpp"
#include "app/bench/tls_receiver.hpp"
#include "app/temporary_folder.hpp"
#include "record/record.hpp"

namespace deltapost::app::bench {

struct Setup {
  Kind kind = Kind::lead;
  std::uint32_t records = 10'000;
  std::uint32_t used = 0;        // of them, how many the load is about; 0: all
  std::uint32_t endpoints = 1;   // that get every change
  std::uint32_t excused = 0;     // so many more, at the receiver's frail door, which may miss some
  bool frail = false;            // all endpoints are at the frail door
  bool tls = false;              // they are reached over TLS
  bool received = false;         // changes come in as webhooks at a source, not through the API
  std::uint32_t bystanders = 0;  // endpoints that want none of the changes
  bool created = false;          // they want new records, not changed ones
};

class Stage {
 public:
  static Result<std::unique_ptr<Stage>> build(const Setup& setup);

  Contender& contender() { return contender_; }
  ServerProcess& server() { return *server_; }
  Receiver& receiver() { return *contender_.receiver; }
  const std::string& folder() const { return folder_.path(); }

  /// Kills the server and starts it again on what it had.
  Result<void> kill_and_restart();
  /// An edit that changes nothing that matters: an endpoint that seems to fail is tried again at once.
  Result<void> touch_endpoint(std::uint32_t endpoint);
  /// Ends the server and judges.
  Result<Figures> finish();

 private:
  explicit Stage(const Setup& setup) : setup_(setup), folder_("deltapost-bench") {}
  Result<void> start_receivers();
  Result<void> start_server();
  Result<void> seed_records();
  Result<void> make_endpoints();
  Result<void> make_bystanders();
  Result<void> make_script();
  std::string endpoint_url(std::uint32_t endpoint) const;

  Setup setup_;
  TemporaryFolder folder_;
  std::unique_ptr<ServerProcess> server_;
  Contender contender_;
  std::unique_ptr<TlsReceiver> tls_;
  std::string key_;
  std::vector<std::string> endpoint_ids_;
  std::uint64_t bytes_before_ = 0;
};

/// The floor as a contender. It gets the webhooks that the changes of such records come to.
class FloorStage {
 public:
  static Result<std::unique_ptr<FloorStage>> build(Kind kind, std::uint32_t records);
  Contender& contender() { return contender_; }
  Figures finish();

 private:
  FloorStage() : folder_("deltapost-floor") {}
  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> process_;
  Contender contender_;
};

}  // namespace deltapost::app::bench
