// Call: one authenticated request on its way through a handler, and what handlers may use.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/cursor.hpp"
#include "api/guess_guard.hpp"
#include "api/key.hpp"
#include "base/random.hpp"
#include "base/seal.hpp"
#include "base/time.hpp"
#include "delivery/runner.hpp"
#include "intake/receiver.hpp"
#include "intake/writer.hpp"
#include "net/address_guard.hpp"
#include "net/http.hpp"
#include "net/server.hpp"
#include "store/log_tail.hpp"
#include "store/store.hpp"

namespace deltapost::api {

class Feed;
class Metrics;

/// What handlers use. Everything outlives the server and may be called from any thread.
struct Services {
  store::Store& store;
  store::LogTail& tail;
  store::GroupCommitter& committer;
  intake::Writer& writer;
  intake::Receiver& receiver;
  intake::SourceDirectory& sources;
  delivery::Runner& runner;
  KeyRing& keys;
  GuessGuard& guesses;
  Feed& feed;
  Metrics& metrics;
  const net::AddressGuard& guard;
  const Sealer& sealer;
  const CursorSigner& cursors;
  const Clock& clock;
  Random& random;
  /// Whether writes are taken: after the start, before the stop.
  std::function<bool()> accepting;
  std::function<net::ServerStats()> http;
};

struct Call {
  net::Request request;
  Caller caller;                    // empty on routes that need no key
  std::vector<std::string> params;  // the {…} segments of the route, in order
};

/// Answers at once.
using Answer = std::function<net::Reply(Services&, const Call&)>;
/// Answers later, perhaps from another thread.
using AnswerLater = std::function<void(Services&, Call, net::Respond)>;

struct Route {
  std::string method;
  std::string pattern;  // "/v1/leads/{leadId}"
  Scope scope = Scope::read;
  AnswerLater handler;
  /// Wants to see requests whose body is too large or encoded, too; others are answered with 413 or 415.
  bool takes_anything = false;
};

/// A route whose handler answers at once.
Route route(std::string method, std::string pattern, Scope scope, Answer answer);

}  // namespace deltapost::api
