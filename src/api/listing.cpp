#include "api/listing.hpp"

#include <algorithm>

namespace deltapost::api {
namespace {

constexpr std::size_t kMaxScanned = 20'000;  // log entries looked at for one page
constexpr std::size_t kReadAhead = 256;
constexpr std::string_view kListing = "by-log";

Error bad_token() {
  return {.fault = Fault::invalid,
          .message = "nextToken must be a cursor from an earlier page of this listing, unchanged",
          .field = "nextToken"};
}

/// Where to start: at the token, which also restores how the listing was asked for, or at `since`.
Result<std::vector<store::Seq>> starting_point(Services& services, const Call& call, LogListing& listing) {
  const store::Part partitions = services.store.partitions();
  if (auto token = call.request.param("nextToken")) {
    auto position = services.cursors.decode(call.caller.account, kListing, *token, "nextToken");
    if (!position) return position.error();
    const JsonObject& state = position->as_object();
    if (state.at("kind").as_int64() != static_cast<int>(listing.kind)) return bad_token();
    listing.by = state.at("by").as_int64() == 0 ? LogListing::By::last_change : LogListing::By::creation;
    listing.created_since.reset();
    if (const Json& since = state.at("created"); since.is_int64())
      listing.created_since = Time{Millis{since.get_int64()}};
    auto positions = positions_from_json(state.at("at"), partitions);
    if (!positions) return bad_token();
    return *positions;
  }
  std::vector<store::Seq> positions;
  for (store::Part part = 0; part < partitions; ++part) {
    auto before = services.store.seq_before(part, listing.since);
    if (!before) return before.error();
    positions.push_back(*before);
  }
  return positions;
}

Json token_at(Services& services, const Call& call, const LogListing& listing,
              const std::vector<store::Seq>& positions) {
  JsonObject state{{"kind", static_cast<int>(listing.kind)},
                   {"by", listing.by == LogListing::By::last_change ? 0 : 1},
                   {"created", nullptr},
                   {"at", positions_to_json(positions)}};
  if (listing.created_since) state["created"] = listing.created_since->time_since_epoch().count();
  return boost::json::string(services.cursors.encode(call.caller.account, kListing, std::move(state)));
}

/// The record that stands at this entry of the listing, or nullopt.
Result<std::optional<store::StoredRecord>> record_at(Services& services, const Call& call,
                                                     const LogListing& listing,
                                                     const store::LogEntry& entry) {
  const std::optional<store::StoredRecord> none;
  if (entry.key.account != call.caller.account || entry.key.kind != listing.kind) return none;
  if (listing.by == LogListing::By::creation && entry.version != 1) return none;
  auto stored = services.store.find(entry.key);
  if (!stored) return stored.error();
  if (!*stored) return none;
  // Changed again since: the record stands further on.
  if (listing.by == LogListing::By::last_change && (*stored)->version != entry.version) return none;
  if (listing.created_since && (*stored)->created_at < *listing.created_since) return none;
  return *std::move(stored);
}

}  // namespace

Result<LogListingPage> list_by_log(Services& services, const Call& call, LogListing listing) {
  auto start = starting_point(services, call, listing);
  if (!start) return start.error();
  MergedLog log(services.tail, *std::move(start));
  LogListingPage page{.records = {}, .next = nullptr};
  for (std::size_t scanned = 0; scanned < kMaxScanned && page.records.size() < listing.limit; ++scanned) {
    auto entry = log.next();
    if (!entry) return entry.error();
    if (!*entry) return page;
    auto record = record_at(services, call, listing, **entry);
    if (!record) return record.error();
    if (*record) page.records.push_back(**std::move(record));
  }
  page.next = token_at(services, call, listing, log.positions());
  return page;
}

MergedLog::MergedLog(store::LogTail& tail, std::vector<store::Seq> positions)
    : tail_(tail), positions_(std::move(positions)), buffers_(positions_.size()) {}

Result<void> MergedLog::fill(store::Part part) {
  Buffer& buffer = buffers_[part];
  if (buffer.ended || buffer.at < buffer.entries.size()) return ok();
  auto page = tail_.read(part, positions_[part], kReadAhead);
  if (!page) return page.error();
  buffer.ended = page->entries.empty();
  buffer.entries = std::move(page->entries);
  buffer.at = 0;
  return ok();
}

Result<store::LogEntryPtr> MergedLog::next() {
  Buffer* earliest = nullptr;
  for (store::Part part = 0; part < buffers_.size(); ++part) {
    if (auto filled = fill(part); !filled) return filled.error();
    Buffer& buffer = buffers_[part];
    if (buffer.at >= buffer.entries.size()) continue;
    if (earliest == nullptr || buffer.entries[buffer.at]->at < earliest->entries[earliest->at]->at)
      earliest = &buffer;
  }
  if (earliest == nullptr) return store::LogEntryPtr{};
  store::LogEntryPtr entry = std::move(earliest->entries[earliest->at++]);
  positions_[entry->part] = entry->seq;
  return entry;
}

JsonArray positions_to_json(const std::vector<store::Seq>& positions) {
  JsonArray array;
  for (store::Seq seq : positions) array.push_back(seq);
  return array;
}

std::optional<std::vector<store::Seq>> positions_from_json(const Json& value, store::Part partitions) {
  if (!value.is_array() || value.get_array().size() != partitions) return {};
  std::vector<store::Seq> positions;
  for (const Json& seq : value.get_array()) {
    boost::json::error_code error;
    positions.push_back(seq.to_number<store::Seq>(error));
    if (error) return {};
  }
  return positions;
}

}  // namespace deltapost::api
