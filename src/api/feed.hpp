// Feed: the log of an account, to be pulled: page by page, by long poll, or as server-sent events. Those who
// wait are served on a loop of the feed's own, woken by the log's tail.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/cursor.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"
#include "store/log_tail.hpp"

namespace deltapost::api {

/// What one reader of the feed wants.
struct FeedQuery {
  AccountId account;
  std::set<Kind> kinds;
  std::vector<store::Seq> positions;  // read after these
  std::size_t limit = 100;
};

class Feed {
 public:
  static constexpr std::size_t kMaxReaders = 1000;

  Feed(store::LogTail& tail, const CursorSigner& cursors) : tail_(tail), cursors_(cursors) {}

  void start();
  /// Ends all streams and answers all long polls with what there is.
  void stop();

  /// One page, at once. May be empty although there is more: `next` has then moved on.
  net::Reply page(FeedQuery query);
  /// Answers as soon as there is something, or after `wait`. Beyond kMaxReaders: 503.
  void poll(FeedQuery query, std::chrono::milliseconds wait, net::Respond respond);
  /// Writes what there is and what comes, until the client goes.
  net::Reply stream(FeedQuery query);

  Result<std::vector<store::Seq>> positions_from(const AccountId& account, std::string_view cursor,
                                                 std::string_view field) const;
  std::vector<store::Seq> latest() const;

 private:
  struct Reader {
    FeedQuery query;
    net::Respond respond;                 // a long poll
    std::shared_ptr<net::Stream> stream;  // a stream
  };
  struct Found {
    JsonArray changes;
    bool at_end = false;
  };

  Result<Found> read(FeedQuery& query);
  std::string cursor(const FeedQuery& query) const;
  net::Reply page_reply(const FeedQuery& query, Found found) const;
  void wake();
  void serve_all();
  /// False: done with this reader.
  bool serve(Reader& reader);
  bool write_events(Reader& reader);
  void serve_later();
  void heartbeat();

  store::LogTail& tail_;
  const CursorSigner& cursors_;
  net::Loop loop_;
  std::size_t subscription_ = 0;
  std::atomic<bool> woken_ = false;
  bool serving_later_ = false;  // on the loop's thread alone
  std::atomic<std::size_t> reader_count_ = 0;
  std::list<std::shared_ptr<Reader>> readers_;  // on the loop's thread alone
};

}  // namespace deltapost::api
