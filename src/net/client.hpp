// Client: HTTP/1.1 and HTTPS requests out, over kept connections, each address checked by the guard right
// before its connect. Redirects are never followed, proxies of the environment never used, certificates
// always verified (unless the server-wide switch says otherwise).
#pragma once

#include <functional>
#include <memory>

#include "base/unique_function.hpp"
#include "net/address_guard.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"
#include "net/resolver.hpp"
#include "net/sender.hpp"

namespace deltapost::net {

struct ClientOptions {
  AddressGuard guard{};
  bool verify_tls = true;
  std::string ca_file{};  // empty: the system's
  /// Kept connections per scheme, host and port. As many as a hundred endpoints of one receiver use at once:
  /// one that is closed for being idle a moment costs more to open again than to keep.
  std::size_t max_idle_per_host = 1024;
  std::chrono::milliseconds idle_timeout{30'000};
  std::size_t max_connections = 4096;  // all hosts together; beyond it a request waits, its timeout running
  std::chrono::milliseconds dns_cache{
      10'000};  // an answer of the resolver is used this long, and checked each time
  std::string user_agent = "Deltapost/0.1";
  std::shared_ptr<Resolver> resolver{};  // null: the system's
};

class Client final : public Sender {
 public:
  /// The loop must outlive the client.
  Client(Loop& loop, ClientOptions options);
  /// Fails what is in progress; when the loop has been stopped, drops it. Not on the loop's thread while it
  /// runs.
  ~Client() override;

  /// Fault::invalid when the options cannot work: a ca_file that cannot be read.
  static Result<void> check(const ClientOptions& options);

  /// `done` is called exactly once, on the loop's thread, unless the loop is stopped first. Any thread may
  /// call. A request that failed on a kept connection before a byte of the answer came, because the peer had
  /// closed it, is sent once more on a fresh one.
  void send(OutRequest request, UniqueFunction<void(OutResult)> done) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace deltapost::net
