// ServerStream: what is between a Stream's writer, on any thread, and the connection that sends its bytes.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/http.hpp"
#include "net/mailbox.hpp"
#include "net/waker.hpp"

namespace deltapost::net {

class ServerStream final : public Stream, public std::enable_shared_from_this<ServerStream> {
 public:
  /// `on_overflow` runs on the connection's thread once more than `max_waiting` bytes would wait for the
  /// client.
  ServerStream(std::shared_ptr<Mailbox> mailbox, std::size_t max_waiting, UniqueFunction<void()> on_overflow)
      : mailbox_(std::move(mailbox)), max_waiting_(max_waiting), on_overflow_(std::move(on_overflow)) {}

  bool write(std::string chunk) override;
  std::size_t buffered() const override;
  void close() override;

  // The connection's side, on its thread.

  /// What waits to be sent; nullopt when nothing does. What was taken before counts as sent from now on.
  std::optional<std::string> take();
  /// No more will come: closed by its writer, cut off for slowness, or the client has gone.
  bool ended() const;
  /// The writer was faster than the client by more than the buffer's limit.
  bool overflowed() const;
  Task<void> wait() { return waker_.wait(); }
  /// The client has gone or the server stops: writes fail from now on, and wait() returns.
  void end();

 private:
  void wake_connection();

  std::shared_ptr<Mailbox> mailbox_;
  std::size_t max_waiting_;
  UniqueFunction<void()> on_overflow_;
  mutable std::mutex mutex_;
  std::string waiting_;
  std::size_t sending_ = 0;  // taken by the connection, not yet by the client
  bool ended_ = false;
  bool overflowed_ = false;
  Waker waker_;
};

}  // namespace deltapost::net
