// ClientConnection: one connection to a host: name look-up, the guard, connect, TLS, then one request after
// the other.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "net/buffer.hpp"
#include "net/client_core.hpp"
#include "net/response_reader.hpp"
#include "net/transport.hpp"
#include "net/waker.hpp"

namespace deltapost::net {

/// On the loop's thread alone. Its coroutine keeps it alive.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(std::shared_ptr<ClientCore> core, std::unique_ptr<Exchange> first);

  /// Until the connection is of no more use.
  static Task<void> run(std::shared_ptr<ClientConnection> self);

  const std::string& pool_key() const { return pool_key_; }

  /// Gives an idle connection its next request. False, and nothing happens, when the peer has closed it
  /// meanwhile.
  bool take(std::unique_ptr<Exchange>& exchange);
  /// Ends now; the request in progress fails at once, for this reason.
  void abort(std::string reason);
  /// The loop has ended: lets go of the request in progress, unanswered, and of the coroutine.
  void abandon();

  // The core's.
  ClientCore::Host* its_host = nullptr;
  std::list<ClientConnection*> own_place{this};  // itself, lent to the idle ones of all hosts while parked
  const std::list<ClientConnection*>::iterator place = own_place.begin();
  bool parked = false;

 private:
  Task<bool> connect();
  /// Asks for the host's addresses and has the guard judge each; fails the exchange and gives none when one
  /// is refused.
  Task<Resolver::Addresses> allowed_addresses();
  Task<bool> connect_to(const std::string& address, std::size_t addresses_left);
  Task<bool> secure();
  Task<bool> exchange_once();
  Task<void> write_request();
  Task<void> read_answer();
  IoState receive();
  bool conclude();
  void fail(std::string reason, bool refused_by_guard = false);
  void on_limit();

  std::shared_ptr<ClientCore> core_;
  std::unique_ptr<Exchange> exchange_;
  std::string pool_key_;
  TcpSocket connecting_;  // the transport's, once it is connected
  Transport transport_;
  Buffer buffer_;
  ResponseReader reader_;
  Waker waker_;
  Deadline limit_;  // of one address's connect, or of being idle
  SteadyClock::time_point idle_since_{};
  std::optional<Result<Resolver::Addresses>> looked_up_;
  std::string io_failure_;  // why connecting, the handshake or a read failed
  bool aborted_ = false;
  bool written_ = false;       // the whole request is with the kernel
  bool answer_begun_ = false;  // a byte of the answer has come
  bool used_before_ = false;   // has carried an exchange before this one
};

}  // namespace deltapost::net
