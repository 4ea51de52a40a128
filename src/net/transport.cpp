#include "net/transport.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
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

/// What a signal has interrupted is tried again: nobody would be told when it may go on.
template <class Call>
long uninterrupted(Call call) {
  long result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

long send(int socket, std::string_view first, std::string_view second) {
  if (second.empty()) return ::send(socket, first.data(), first.size(), MSG_NOSIGNAL);
  std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                             iovec{const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

}  // namespace

void Transport::open(TcpSocket socket) {
  error_code error;
  socket.native_non_blocking(true, error);
  if (!error) socket_ = socket.release(error);
  if (error || !watch_.add(socket_, *this)) close();
}

IoResult Transport::closed_here() {
  // Never touch the descriptor's number again: it may belong to another connection by now.
  failure_ = "connection closed";
  return {IoState::failed, 0};
}

IoResult Transport::try_handshake() {
  if (!is_open()) return closed_here();
  ERR_clear_error();
  return tls_result(SSL_do_handshake(ssl_.get()));
}

IoResult Transport::try_read(char* buffer, std::size_t size) {
  if (!is_open()) return closed_here();
  if (ssl_) {
    ERR_clear_error();
    return tls_result(SSL_read(ssl_.get(), buffer, static_cast<int>(std::min<std::size_t>(size, 1 << 30))));
  }
  const auto result = plain_result(uninterrupted([&] { return ::recv(socket_, buffer, size, 0); }));
  if (result.state == IoState::wants_write) return {IoState::wants_read, 0};
  if (result.bytes == size) reader_.wake();  // more may be there, of which nobody would be told
  if (result.state == IoState::done && result.bytes == 0) return {IoState::closed, 0};
  return result;
}

IoResult Transport::try_write(std::string_view first, std::string_view second) {
  if (!is_open()) return closed_here();
  if (!ssl_) return plain_result(uninterrupted([&] { return send(socket_, first, second); }));
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
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoState::wants_write, 0};
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
  if (state == IoState::wants_write) return writer_.wait();
  if (ended_) reader_.wake();
  return reader_.wait();
}

void Transport::ready(bool ended) {
  ended_ = ended_ || ended;
  auto writer = writer_.take();
  reader_.wake();
  if (writer) writer();
}

void Transport::stop_waiting() {
  reader_.wake_soon(watch_.executor());
  writer_.wake_soon(watch_.executor());
}

void Transport::shutdown_send() {
  if (!is_open()) return;
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_, SHUT_WR);
}

void Transport::close() {
  if (!is_open()) return;
  watch_.remove(*this);
  ::close(std::exchange(socket_, -1));
  stop_waiting();
}

void Transport::abandon() {
  reader_.abandon();
  writer_.abandon();
}

}  // namespace deltapost::net
