// Stage: a server with its records, endpoints and receiver, set up for a case and measured.
#pragma once

#include <memory>
#include <string>

#include "app/bench/contender.hpp"
#include "app/bench/figures.hpp"
#include "app/bench/server_process.hpp"
#include "app/temporary_folder.hpp"
#include "record/record.hpp"

namespace deltapost::app::bench {

struct Setup {
  Kind kind = Kind::lead;
  std::uint32_t records = 10'000;
  std::uint32_t used = 0;         // of them, how many the load is about; 0: all
  std::uint32_t endpoints = 1;    // that get every change
  std::uint32_t excused = 0;      // one more at the frail door of the receiver, which may miss some
  bool frail = false;             // all endpoints are at the frail door
  bool received = false;          // changes come in as webhooks at a source, not through the API
  bool tls = false;               // the endpoints are reached over TLS
  std::uint32_t bystanders = 0;   // endpoints that want none of the changes
};

class Stage {
 public:
  static Result<std::unique_ptr<Stage>> build(const Setup& setup);

  Contender& contender() { return contender_; }
  ServerProcess& server() { return *server_; }
  Receiver& receiver() { return *contender_.receiver; }
  const Setup& setup() const { return setup_; }

  /// Kills the server, or asks it to end, and starts it again on what it had.
  Result<void> restart(bool kill);
  /// Settings of an endpoint (by its number), as PATCH takes them.
  Result<void> edit_endpoint(std::uint32_t endpoint, const JsonObject& patch);
  /// Ends the server and judges.
  Result<Figures> finish();

 private:
  explicit Stage(const Setup& setup) : setup_(setup), folder_("deltapost-bench") {}
  Result<void> start_server();
  Result<void> seed_records();
  Result<void> make_endpoints();
  Result<void> make_bystanders();
  Result<void> make_script();

  Setup setup_;
  TemporaryFolder folder_;
  std::unique_ptr<ServerProcess> server_;
  Contender contender_;
  std::string key_;
  std::vector<std::string> endpoint_ids_;
  std::uint64_t bytes_before_ = 0;
};

/// The floor as a contender, on the same script as a stage of this kind would get.
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
