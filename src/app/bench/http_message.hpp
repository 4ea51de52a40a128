// HTTP/1.1 messages as the benchmark's own wire reads them: a head and a body of announced length. It looks
// at the few headers that matter here and copies nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace deltapost::app::bench {

struct Message {
  int status = 0;             // of an answer; 0: a request
  std::string_view path;      // of a request, with its query
  std::uint64_t version = 0;  // what ETag or Deltapost-Record-Version says; 0: neither is there
  bool retry_after = false;   // of an answer: it says when to try again
  bool last = false;          // Connection: close
  std::string_view body;
  std::size_t bytes = 0;  // head and body together; 0: not all of it is in the buffer yet
};

/// The message at the beginning of the buffer; its views point into the buffer. Fault::invalid for what this
/// wire does not speak: chunks, an answer that ends with its connection, another protocol (TLS).
Result<Message> read_message(std::string_view buffer);

}  // namespace deltapost::app::bench
