#include "api/feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/input.hpp"
#include "api/listing.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kMaxScanned = 20'000;  // log entries looked at for one page
constexpr std::size_t kDefaultPage = 100, kMaxPage = 1000;
constexpr std::chrono::seconds kMaxWait{30}, kHeartbeat{15};
constexpr std::chrono::milliseconds kPace{5};  // between two looks at readers that are behind
constexpr std::size_t kMaxBuffered = 256 * 1024;
constexpr std::string_view kListing = "changes";

}  // namespace

void Feed::start() {
  loop_.start("feed");
  subscription_ = tail_.subscribe([this] { wake(); });
  loop_.after(kHeartbeat, [this] { heartbeat(); });
}

void Feed::stop() {
  tail_.unsubscribe(subscription_);
  loop_.stop();
  for (auto& reader : readers_) {
    if (reader->stream) reader->stream->close();
    if (reader->respond) reader->respond(page_reply(reader->query, {}));
  }
  readers_.clear();
}

std::string Feed::cursor(const FeedQuery& query) const {
  return cursors_.encode(query.account, kListing, positions_to_json(query.positions));
}

Result<std::vector<store::Seq>> Feed::positions_from(const AccountId& account, std::string_view cursor,
                                                     std::string_view field) const {
  auto position = cursors_.decode(account, kListing, cursor, field);
  if (!position) return position.error();
  auto positions = positions_from_json(*position, static_cast<store::Part>(latest().size()));
  if (!positions)
    return Error{
        .fault = Fault::invalid,
        .message =
            "the cursor belongs to a store with another number of partitions; start from the beginning",
        .field = std::string(field)};
  const auto heads = latest();
  for (std::size_t part = 0; part < heads.size(); ++part)
    if ((*positions)[part] > heads[part])
      return Error{.fault = Fault::invalid,
                   .message =
                       "the cursor is ahead of the log: the store was restored from a backup that is "
                       "older than it; start from the beginning, or from a cursor of before the backup",
                   .field = std::string(field)};
  return *positions;
}

std::vector<store::Seq> Feed::latest() const {
  std::vector<store::Seq> heads;
  for (store::Part part = 0; part < tail_.partitions(); ++part) heads.push_back(tail_.head(part));
  return heads;
}

Result<Feed::Found> Feed::read(FeedQuery& query) {
  MergedLog log(tail_, query.positions);
  Found found;
  for (std::size_t scanned = 0; scanned < kMaxScanned && found.changes.size() < query.limit; ++scanned) {
    auto entry = log.next();
    if (!entry) return entry.error();
    if (!*entry) {
      found.at_end = true;
      break;
    }
    query.positions = log.positions();
    if ((*entry)->key.account != query.account || !query.kinds.contains((*entry)->key.kind)) continue;
    auto shown = present_change(**entry);
    if (!shown) return shown.error();
    JsonObject change{{"cursor", cursor(query)}};
    for (auto& [name, value] : *shown) change.emplace(name, std::move(value));
    found.changes.push_back(std::move(change));
  }
  return found;
}

net::Reply Feed::page_reply(const FeedQuery& query, Found found) const {
  return json_reply(200, {{"changes", std::move(found.changes)}, {"next", cursor(query)}});
}

net::Reply Feed::page(FeedQuery query) {
  auto found = read(query);
  return found ? page_reply(query, *std::move(found)) : problem(found.error());
}

void Feed::poll(FeedQuery query, std::chrono::milliseconds wait, net::Respond respond) {
  if (reader_count_.fetch_add(1) >= kMaxReaders) {
    --reader_count_;
    return respond(
        problem({.fault = Fault::overloaded, .message = "too many readers wait already; poll without wait"}));
  }
  auto reader = std::make_shared<Reader>(Reader{std::move(query), std::move(respond), nullptr});
  loop_.post([this, reader, wait] {
    if (!serve(*reader)) return void(--reader_count_);
    readers_.push_back(reader);
    loop_.after(wait, [this, reader] {
      if (!reader->respond) return;  // answered meanwhile
      auto respond_now = std::exchange(reader->respond, {});
      respond_now(page_reply(reader->query, {}));
      readers_.remove(reader);
      --reader_count_;
    });
  });
}

net::Reply Feed::stream(FeedQuery query) {
  if (reader_count_.fetch_add(1) >= kMaxReaders) {
    --reader_count_;
    return problem(
        {.fault = Fault::overloaded, .message = "too many readers follow the log already; poll instead"});
  }
  net::Reply reply{.status = 200, .content_type = "text/event-stream", .body = ": following the log\n\n"};
  reply.headers.push_back({"Cache-Control", "no-store"});
  reply.stream = [this, query = std::move(query)](std::shared_ptr<net::Stream> stream) mutable {
    auto reader = std::make_shared<Reader>(Reader{std::move(query), {}, std::move(stream)});
    loop_.post([this, reader] {
      if (!serve(*reader)) return void(--reader_count_);
      readers_.push_back(reader);
    });
  };
  return reply;
}

void Feed::wake() {
  // Who comes now has counted itself and then looks at the log, so it misses nothing.
  if (reader_count_ == 0) return;
  // Many commits may pass before the loop gets to it; one look serves them all.
  if (!woken_.exchange(true)) loop_.post([this] { serve_all(); });
}

void Feed::serve_all() {
  woken_ = false;
  std::erase_if(readers_, [this](const auto& reader) {
    if (serve(*reader)) return false;
    --reader_count_;
    return true;
  });
}

bool Feed::serve(Reader& reader) {
  if (reader.stream) return write_events(reader);
  auto found = read(reader.query);
  if (found && found->changes.empty()) return true;
  auto respond = std::exchange(reader.respond, {});
  respond(found ? page_reply(reader.query, *std::move(found)) : problem(found.error()));
  return false;
}

bool Feed::write_events(Reader& reader) {
  // One page at a time, and no more than the client takes, so that one far behind delays and costs the others
  // nothing.
  if (reader.stream->buffered() > kMaxBuffered) {
    serve_later();
    return true;
  }
  auto found = read(reader.query);
  if (!found) {
    reader.stream->close();
    return false;
  }
  std::string text;
  for (const Json& change : found->changes)
    fmt::format_to(std::back_inserter(text), "id: {}\nevent: change\ndata: {}\n\n",
                   std::string_view(change.at("cursor").as_string()), to_text(change));
  if (!text.empty() && !reader.stream->write(std::move(text))) return false;
  if (!found->at_end) serve_later();
  return true;
}

void Feed::serve_later() {
  if (serving_later_) return;
  serving_later_ = true;
  loop_.after(kPace, [this] {
    serving_later_ = false;
    serve_all();
  });
}

void Feed::heartbeat() {
  std::erase_if(readers_, [this](const auto& reader) {
    if (!reader->stream || reader->stream->write(": still here\n\n")) return false;
    --reader_count_;
    return true;
  });
  loop_.after(kHeartbeat, [this] { heartbeat(); });
}

namespace {

Result<std::set<Kind>> kinds_param(const Call& call) {
  std::set<Kind> kinds;
  std::string_view text = call.request.param("kind").value_or("lead,contact");
  do {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto kind = parse_kind(text.substr(0, comma));
    if (!kind || (*kind != Kind::lead && *kind != Kind::contact))
      return Error{.fault = Fault::invalid,
                   .message = "kind must be lead, contact or both with a comma between",
                   .field = "kind"};
    kinds.insert(*kind);
    text.remove_prefix(std::min(comma + 1, text.size()));
  } while (!text.empty());
  return kinds;
}

Result<FeedQuery> feed_query(Services& services, const Call& call, bool streaming) {
  if (auto known = only_params(call, {"after", "limit", "kind", "wait"}); !known) return known.error();
  auto limit = limit_param(call, kDefaultPage, kMaxPage);
  if (!limit) return limit.error();
  auto kinds = kinds_param(call);
  if (!kinds) return kinds.error();
  FeedQuery query{
      .account = call.caller.account, .kinds = *std::move(kinds), .positions = {}, .limit = *limit};
  const auto last_event = streaming ? call.request.header("last-event-id") : std::nullopt;
  const auto after = last_event ? last_event : call.request.param("after");
  if (!after) {
    query.positions.resize(services.store.partitions());
  } else if (*after == "latest") {
    query.positions = services.feed.latest();
  } else {
    auto positions =
        services.feed.positions_from(call.caller.account, *after, last_event ? "Last-Event-ID" : "after");
    if (!positions) return positions.error();
    query.positions = *std::move(positions);
  }
  return query;
}

void changes(Services& services, Call call, net::Respond respond) {
  const bool streaming =
      call.request.header("accept").value_or("").find("text/event-stream") != std::string_view::npos;
  auto query = feed_query(services, call, streaming);
  if (!query) return respond(problem(query.error()));
  if (streaming) return respond(services.feed.stream(*std::move(query)));
  auto wait = number_param(call, "wait");
  if (!wait || wait->value_or(0) > static_cast<std::uint64_t>(kMaxWait.count()))
    return respond(problem(
        {.fault = Fault::invalid,
         .message = fmt::format("wait must be a whole number of seconds from 0 to {}", kMaxWait.count()),
         .field = "wait"}));
  if (wait->value_or(0) == 0) return respond(services.feed.page(*std::move(query)));
  services.feed.poll(*std::move(query), std::chrono::seconds(**wait), std::move(respond));
}

}  // namespace

std::vector<Route> feed_routes() {
  return {{"GET", "/v1/changes", Scope::read, changes}};
}

}  // namespace deltapost::api
