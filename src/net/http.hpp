// HTTP as the rest of Deltapost sees it: plain requests and replies, no sockets, no threads, no library
// types.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/unique_function.hpp"

namespace deltapost::net {

struct Header {
  std::string name;
  std::string value;
};

using Headers = std::vector<Header>;

/// The value of the first header of that name (case does not matter); nullopt if there is none.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

/// A header's name that is written in the program, looked at once.
class HeaderName {
 public:
  /// `literal` is a token and lives for ever.
  explicit HeaderName(std::string_view literal);
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// Headers as they go over the wire, for who sends much: names and values of the program's own making,
/// written behind one another and looked at no more. What users set belongs into Headers.
class HeaderLines {
 public:
  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  /// The value must be fit for a header: no control character, no blank at either end.
  void add(const HeaderName& name, std::string_view value);
  /// The same for a value that is written in place, behind what the text holds already.
  template <class Write>
  void write(const HeaderName& name, Write write_value) {
    begin(name);
    const std::size_t from = text_.size();
    write_value(text_);
    end(from);
  }

  /// The value of the first one of that name (case does not matter).
  std::optional<std::string_view> find(std::string_view name) const;
  Headers apart() const;
  /// "name: value", each with its end of line.
  const std::string& text() const { return text_; }

 private:
  void begin(const HeaderName& name);
  void end(std::size_t value_from);

  std::string text_;
};

// ---- server side

struct Request {
  std::string method;                                      // upper case: GET, POST …
  std::string target;                                      // path and query as they came, for signatures
  std::string path;                                        // percent-decoded per segment, without the query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Headers headers;
  std::string body;
  std::string peer;  // the client's address, without the port
  /// Set to the server's limit when the body is larger; it then holds the body's beginning. What the handler
  /// answers is sent, then the connection is closed.
  std::optional<std::size_t> exceeded_limit{};

  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
  std::optional<std::string_view> param(std::string_view name) const;
};

/// A reply whose body is produced over time (server-sent events). Both sides hold it; any thread may call it.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Queues bytes for the client. False when the client has gone or is so slow that its buffer limit is
  /// reached; the writer then stops.
  virtual bool write(std::string chunk) = 0;
  /// Bytes queued that the client has not taken yet, so that a writer with much to say can pace itself.
  virtual std::size_t buffered() const = 0;
  virtual void close() = 0;
};

struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  Headers headers{};
  std::string body{};
  /// When set, body is sent first and then everything written to the stream that is handed over here, until
  /// either side closes it. Called once, on the connection's thread.
  UniqueFunction<void(std::shared_ptr<Stream>)> stream{};
  /// A refusal for want of room: it is told only after ServerOptions::breather, because clients that come
  /// again at once, and not when they were told to, would take the time in which others are served.
  bool breather = false;
};

/// Answers a request: call it exactly once, from any thread, now or later. Dropped without a call, the client
/// gets a 500.
using Respond = UniqueFunction<void(Reply)>;

/// Called on the connection's thread; must not block for long.
using Handler = std::function<void(Request, Respond)>;

// ---- client side

struct OutRequest {
  std::string method = "POST";
  std::string url;
  Headers headers{};    // Host, Content-Length and Connection are added
  HeaderLines lines{};  // headers, too; they go before the others
  std::string body{};
  std::chrono::milliseconds timeout{5000};  // the whole exchange, name look-up and connect included
  std::size_t max_response_bytes =
      16 * 1024;                   // what is kept of the answer's body; the rest is read and dropped
  std::uint64_t asker = 0;         // on whose behalf, as Resolver::resolve has it
  std::string_view kept_header{};  // a literal: the one header of the answer to be kept; empty: all of them

  /// Of the lines and the headers.
  std::optional<std::string_view> header(std::string_view name) const;
  Headers all_headers() const;
};

struct OutResponse {
  int status = 0;
  Headers headers;
  std::string body;  // at most max_response_bytes
  std::chrono::milliseconds latency{0};
};

/// Why no answer came, in words fit for a delivery's log: "connection refused", "timed out after 5000 ms",
/// "address 10.0.0.8 is internal and not allowed", "certificate verify failed: …".
struct OutFailure {
  std::string reason;
  std::chrono::milliseconds latency{0};
  bool refused_by_guard = false;
};

using OutResult = std::variant<OutResponse, OutFailure>;

}  // namespace deltapost::net
