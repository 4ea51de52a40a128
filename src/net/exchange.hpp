// Exchange: one request on its way, from send() to the call of its `done`.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "net/client.hpp"
#include "net/deadlines.hpp"
#include "net/destination.hpp"

namespace deltapost::net {

class ClientConnection;

/// What a client's callback is given; called exactly once.
using Done = UniqueFunction<void(OutResult)>;

struct Exchange {
  Exchange(UniqueFunction<void(Exchange&)> on_expired, Done when_done)
      : deadline([this, expire = std::move(on_expired)]() mutable { expire(*this); }),
        done(std::move(when_done)) {}

  DestinationPtr destination;
  std::string message;  // the whole request, ready to be written
  bool is_head_method = false;
  std::size_t max_response_bytes = 0;
  std::string_view kept_header{};
  std::uint64_t asker = 0;
  std::chrono::milliseconds timeout{0};
  SteadyClock::time_point started{};
  Deadline deadline;
  Done done;
  bool sent_again = false;

  // Where it is: on a connection, or in the queue for one.
  ClientConnection* connection = nullptr;
  std::list<std::unique_ptr<Exchange>>::iterator place{};

  std::chrono::milliseconds age() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - started);
  }
  void succeed(OutResponse response) {
    deadline.clear();
    response.latency = age();
    done(std::move(response));
  }
  void fail(std::string reason, bool refused_by_guard = false) {
    deadline.clear();
    done(OutFailure{std::move(reason), age(), refused_by_guard});
  }
};

/// Fills destination and message from the request. Fault::invalid when the URL, the method or a header is
/// not fit to be sent.
Result<void> prepare(Exchange& exchange, OutRequest request, Destinations& destinations,
                     std::string_view user_agent);

}  // namespace deltapost::net
