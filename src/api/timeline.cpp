// A record's timeline: its changes, and beside them what sources said about it that changed nothing (a
// message, a call, a duplicate), newest first. A record that we do not have may still have one.
#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/receipt_view.hpp"
#include "api/routes.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kDefaultPage = 50, kMaxPage = 200;
constexpr std::string_view kListing = "timeline";

/// How far a page got: the next one begins with what is older.
struct Position {
  Version version = ~Version{0};     // changes up to this one are left
  store::ReceiptNumber receipt = 0;  // receipts before this one are left; 0: all of them
};

Result<Position> position_of(Services& services, const Call& call) {
  const auto token = call.request.param("nextToken");
  if (!token) return Position{};
  auto given = services.cursors.decode(call.caller.account, kListing, *token, "nextToken");
  if (!given) return given.error();
  return Position{given->as_array().at(0).to_number<Version>(),
                  given->as_array().at(1).to_number<store::ReceiptNumber>()};
}

net::Reply timeline_page(Services& services, const Call& call, const RecordKey& key) {
  if (auto known = only_params(call, {"limit", "nextToken"}); !known) return problem(known.error());
  auto limit = limit_param(call, kDefaultPage, kMaxPage);
  if (!limit) return problem(limit.error());
  auto from = position_of(services, call);
  if (!from) return problem(from.error());

  auto changes =
      services.store.history(key, {.up_to = from->version, .newest_first = true, .limit = *limit + 1});
  if (!changes) return problem(changes.error());
  auto receipts = services.store.receipts_about(key, from->receipt, *limit + 1);
  if (!receipts) return problem(receipts.error());
  if (changes->empty() && receipts->empty() && !call.request.param("nextToken"))
    return problem(not_found(key.kind, wire_id(key)));

  JsonArray timeline;
  std::size_t change = 0, receipt = 0;
  while (timeline.size() < *limit && (change < changes->size() || receipt < receipts->size())) {
    const bool change_is_newer =
        receipt == receipts->size() ||
        (change < changes->size() && (*changes)[change].at >= (*receipts)[receipt].at);
    if (change_is_newer) {
      auto shown = present_change((*changes)[change++]);
      if (!shown) return problem(shown.error());
      timeline.push_back(JsonObject{{"at", shown->at("at")}, {"change", *std::move(shown)}});
    } else {
      const store::Receipt& row = (*receipts)[receipt++];
      timeline.push_back(JsonObject{{"at", iso_millis(row.at)}, {"receipt", present(row)}});
    }
  }
  const bool more = change < changes->size() || receipt < receipts->size();
  Json next = nullptr;
  if (more) {
    const Version version = change < changes->size() ? (*changes)[change].version
                            : changes->empty()       ? 0
                                                     : changes->back().version - 1;
    const store::ReceiptNumber before = receipt == 0 ? from->receipt : (*receipts)[receipt - 1].number;
    next = boost::json::string(
        services.cursors.encode(call.caller.account, kListing, JsonArray{version, before}));
  }
  return json_reply(200, {{"timeline", std::move(timeline)}, {"nextToken", std::move(next)}});
}

net::Reply lead_timeline(Services& services, const Call& call) {
  auto key = record_param(call, Kind::lead);
  return key ? timeline_page(services, call, *key) : problem(key.error());
}

net::Reply contact_timeline(Services& services, const Call& call) {
  auto key = record_param(call, Kind::contact);
  return key ? timeline_page(services, call, *key) : problem(key.error());
}

}  // namespace

std::vector<Route> timeline_routes() {
  return {
      route("GET", "/v1/leads/{leadId}/timeline", Scope::read, lead_timeline),
      route("GET", "/v1/contacts/{id}/timeline", Scope::read, contact_timeline),
  };
}

}  // namespace deltapost::api
