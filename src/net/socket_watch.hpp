// SocketWatch: tells when sockets may be read or written. Each is registered with the kernel once, for both
// directions and edge-triggered (epoll(7)), so that waiting costs no system call. The watch is itself one
// descriptor that its loop waits for; what became ready together is told together.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstddef>
#include <memory>

#include "net/types.hpp"

namespace deltapost::net {

/// The loop's thread alone, but for the constructor.
class SocketWatch {
 public:
  class Watcher {
   public:
    /// Something about the socket has changed: what would have blocked may go on, or fails now. May be told
    /// for nothing. `ended`: the peer sends no more, or the connection has failed; this is told once, though
    /// what came before may not be read yet. May destroy any watcher, and the watch.
    virtual void ready(bool ended) = 0;

   protected:
    ~Watcher() = default;
  };

  explicit SocketWatch(asio::io_context& context);

  /// From now on the watcher hears of each change once. Nobody hears again of bytes that a read has left.
  /// False: the kernel watches no more of them.
  bool add(int socket, Watcher& watcher);
  /// It hears no more. To be called before the socket is closed, which ends its registration.
  void remove(const Watcher& watcher);

  Executor executor() { return epoll_.get_executor(); }

 private:
  static constexpr std::size_t kTogether = 256;

  void wait();
  void tell();

  asio::posix::basic_stream_descriptor<Executor> epoll_;
  std::array<epoll_event, kTogether> ready_{};
  std::size_t next_ = 0, end_ = 0;  // of ready_, those that are still to be told
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deltapost::net
