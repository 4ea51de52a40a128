// ResponseReader: bytes of a connection -> the answer to a request, or why there is none.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace deltapost::net {

class ResponseReader {
 public:
  enum class State { reading, complete, failed };

  ResponseReader();
  ~ResponseReader();

  /// Waits for the answer to the next request. `no_body`: the request was HEAD. Of the body, `max_kept` bytes
  /// are kept; what follows is dropped, and after kMaxDroppedBody more the answer counts as complete.
  /// `kept_header`: as OutRequest has it.
  void begin(bool no_body, std::size_t max_kept, std::string_view kept_header = {});

  /// Uses up as much of `bytes` as it can and tells how much. Interim answers (1xx) are passed over.
  std::size_t feed(std::string_view bytes);
  /// The peer has closed its side.
  void feed_end();
  /// The buffer is full and feed() could use none of it: the headers are larger than kMaxAnswerHeader.
  void overflow();

  State state() const;
  /// Whether the connection may carry another request after this answer.
  bool keep_alive() const;
  OutResponse take();                  // when complete; latency is the caller's to fill in
  const std::string& failure() const;  // when failed, in plain words

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deltapost::net
