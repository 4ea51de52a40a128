// ServerConnection: one client's connection from its first byte to its close. A coroutine reads a request,
// asks the handler, sends the reply, and so on in order; a client that sends several at once gets its answers
// one by one.
#pragma once

#include <memory>
#include <string>

#include "net/buffer.hpp"
#include "net/deadlines.hpp"
#include "net/reply_slot.hpp"
#include "net/reply_text.hpp"
#include "net/request_reader.hpp"
#include "net/server_stream.hpp"
#include "net/server_worker.hpp"
#include "net/transport.hpp"

namespace deltapost::net {

/// On its worker's thread alone. Its coroutine keeps it alive.
class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  /// `on_gone` runs when the connection is no more.
  ServerConnection(ServerWorker& worker, TcpSocket socket, UniqueFunction<void()> on_gone);
  ~ServerConnection();

  /// Serves the client until one side has enough.
  static Task<void> serve(std::shared_ptr<ServerConnection> self);
  /// Tells the client that the server is full.
  static Task<void> refuse(std::shared_ptr<ServerConnection> self);

  /// The server stops: ends at once when idle or streaming, else after the reply in progress.
  void drain();
  /// Ends now, whatever is in progress.
  void close();

 private:
  /// What the coroutine is about, as far as a deadline or the server's stop must know.
  enum class Phase { handshake, idle, head, body, handler, sending, streaming, lingering };

  // Parameters of coroutines are references or plain values: g++ 12 destroys some temporaries of other types
  // twice.
  Task<bool> handshake();
  Task<bool> read_request();
  bool body_fits();
  Task<bool> receive();
  Task<bool> send_continue();
  Task<bool> answer();
  Task<void> refuse_body();
  Task<void> pause();
  Task<bool> send(Reply& reply, bool keep_alive);
  Task<bool> send_all(std::string_view head, std::string_view body);
  Task<void> send_refusal(const Refusal& refusal);
  Task<void> stream(Reply& reply, BodyFraming framing);
  static Task<void> watch_for_end(std::shared_ptr<ServerConnection> self);
  Task<void> linger();

  void enter(Phase phase);
  std::chrono::milliseconds limit_of(Phase phase) const;
  void on_deadline();

  ServerWorker& worker_;
  UniqueFunction<void()> on_gone_;
  Transport transport_;
  Buffer buffer_;
  RequestReader reader_;
  std::shared_ptr<ReplySlot> slot_;
  std::shared_ptr<ServerStream> stream_;
  Deadline deadline_;
  BodyShare body_share_;
  Timer pause_;
  Phase phase_ = Phase::handshake;
  bool timed_out_ = false;
  bool closing_ = false;
  std::string peer_;
  std::string out_;  // kept, so that a reply needs no allocation
};

}  // namespace deltapost::net
