// RequestReader: bytes of a connection -> requests, one after the other, or the refusal that a bad one
// deserves. Strict where two readings of one message would let requests be smuggled (RFC 9112, section 11.2).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace deltapost::net {

/// The server's own answer to a request that it does not hand on.
struct Refusal {
  int status = 400;
  std::string detail;
};

class RequestReader {
 public:
  enum class State { head, body, complete, refused };

  RequestReader(std::size_t max_header_bytes, std::size_t max_body_bytes);
  ~RequestReader();

  /// Forgets the last request and waits for the next one's head.
  void begin();

  /// Uses up as much of `bytes` as it can and tells how much; bytes of the next request are left alone. A
  /// head is used as a whole: until it is there, the same bytes must be shown again with more behind them.
  std::size_t feed(std::string_view bytes);

  State state() const;

  // Known once the head has been read.
  bool keep_alive() const;
  bool http11() const;
  bool expects_continue() const;
  bool is_head() const;  // the method is HEAD

  /// What the body takes so far, in bytes of memory.
  std::size_t body_memory() const;
  /// What the head, once read, announces of the body; 0: nothing, or it comes in chunks.
  std::size_t announced_body() const;
  /// Gives its memory back; nothing can be taken any more.
  void forget_body();

  Request take();  // when complete
  const Refusal& refusal() const;
  /// Refused because its body is too large. What there is of it can be taken: the head, the body's beginning.
  bool oversized() const;
  Request take_oversized();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deltapost::net
