#include "net/transport.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/check.hpp"
#include "net/text.hpp"

namespace deltapost::net {
namespace {

/// As much as fits into one TLS record is joined, so that a small message is one record and one system call.
constexpr std::size_t kTlsRecord = 16 * 1024;

std::string words_of(int error) {
  return lower_first(error_code(error, boost::system::system_category()).message());
}

}  // namespace

IoResult Transport::closed_here() {
  // Never touch the descriptor's number again: it may belong to another connection by now.
  failure_ = "connection closed";
  return {IoState::failed, 0};
}

IoResult Transport::try_handshake() {
  if (!socket_.is_open()) return closed_here();
  ERR_clear_error();
  return tls_result(SSL_do_handshake(ssl_.get()));
}

IoResult Transport::try_read(char* buffer, std::size_t size) {
  if (!socket_.is_open()) return closed_here();
  if (ssl_) {
    ERR_clear_error();
    return tls_result(SSL_read(ssl_.get(), buffer, static_cast<int>(std::min<std::size_t>(size, 1 << 30))));
  }
  const auto result = plain_result(::recv(socket_.native_handle(), buffer, size, 0));
  if (result.state == IoState::wants_write) return {IoState::wants_read, 0};
  if (result.state == IoState::done && result.bytes == 0) return {IoState::closed, 0};
  return result;
}

IoResult Transport::try_write(std::string_view first, std::string_view second) {
  if (!socket_.is_open()) return closed_here();
  if (!ssl_) {
    std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                               iovec{const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = second.empty() ? 1 : 2;
    return plain_result(::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL));
  }
  ERR_clear_error();
  if (first.empty() || second.empty() || first.size() >= kTlsRecord) {
    const std::string_view part = first.empty() ? second : first;
    return tls_result(
        SSL_write(ssl_.get(), part.data(), static_cast<int>(std::min(part.size(), kTlsRecord))));
  }
  std::array<char, kTlsRecord> record;
  const std::size_t rest = std::min(second.size(), kTlsRecord - first.size());
  std::memcpy(record.data(), first.data(), first.size());
  std::memcpy(record.data() + first.size(), second.data(), rest);
  return tls_result(SSL_write(ssl_.get(), record.data(), static_cast<int>(first.size() + rest)));
}

IoResult Transport::plain_result(long result) {
  if (result >= 0) return {IoState::done, static_cast<std::size_t>(result)};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {IoState::wants_write, 0};
  failure_ = words_of(errno);
  return {IoState::failed, 0};
}

IoResult Transport::tls_result(int result) {
  if (result > 0) return {IoState::done, static_cast<std::size_t>(result)};
  const int system_error = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {IoState::wants_read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {IoState::wants_write, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {IoState::closed, 0};
    case SSL_ERROR_SYSCALL:
      failure_ = system_error != 0 ? words_of(system_error) : "connection closed during TLS";
      return {IoState::failed, 0};
    default:
      failure_ = tls_failure(*ssl_);
      return {IoState::failed, 0};
  }
}

Task<void> Transport::wait(IoState state) {
  DP_CHECK(state == IoState::wants_read || state == IoState::wants_write);
  const auto direction =
      state == IoState::wants_read ? asio::socket_base::wait_read : asio::socket_base::wait_write;
  return socket_.async_wait(direction, asio::redirect_error(kAsTask, wait_error_));
}

Task<void> Transport::wait_either() {
  // Two waits on one socket: the first that ends cancels the other, and only then does the coroutine go on.
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
      [this](auto handler) {
        auto shared = std::make_shared<std::pair<decltype(handler), int>>(std::move(handler), 2);
        const auto ended = [this, shared](const error_code& error) {
          if (--shared->second > 0) {
            if (error != asio::error::operation_aborted) {
              error_code ignored;
              socket_.cancel(ignored);
            }
            return;
          }
          std::move(shared->first)();
        };
        socket_.async_wait(asio::socket_base::wait_read, ended);
        socket_.async_wait(asio::socket_base::wait_write, ended);
      },
      kAsTask);
}

void Transport::stop_waiting() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Transport::shutdown_send() {
  if (!socket_.is_open()) return;
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void Transport::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace deltapost::net
