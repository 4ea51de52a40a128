// Receipts: what the sources got, and what became of it.
#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/receipt_view.hpp"
#include "api/routes.hpp"
#include "base/encoding.hpp"
#include "intake/receiver.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kDefaultPage = 50, kMaxPage = 500;
constexpr std::string_view kListing = "receipts";

Result<store::Receipt> find(Services& services, const Call& call) {
  auto number = receipt_number(call.params.at(0));
  if (!number) return number.error();
  auto receipt = services.store.receipt(call.caller.account, *number);
  if (!receipt) return receipt.error();
  if (!*receipt) return no_such_receipt(*number);
  return **std::move(receipt);
}

Error bad_param(std::string_view name, std::string message) {
  return {.fault = Fault::invalid, .message = std::move(message), .field = std::string(name)};
}

Result<store::ReceiptQuery> query_of(Services& services, const Call& call) {
  store::ReceiptQuery query{.account = call.caller.account};
  auto limit = limit_param(call, kDefaultPage, kMaxPage);
  if (!limit) return limit.error();
  query.limit = *limit;
  query.source = call.request.param("source").value_or("");
  if (const auto text = call.request.param("verdict")) {
    query.verdict = intake::parse_verdict(*text);
    if (!query.verdict)
      return bad_param("verdict",
                       "verdict must be accepted, duplicate, stale, no_change, quarantined or rejected");
  }
  if (const auto text = call.request.param("unresolved")) {
    if (*text != "true" && *text != "false")
      return bad_param("unresolved", "unresolved must be true or false");
    query.unresolved = *text == "true";
  }
  if (const auto text = call.request.param("order")) {
    if (*text != "asc" && *text != "desc") return bad_param("order", "order must be asc or desc");
    query.oldest_first = *text == "asc";
  }
  auto since = time_param(call, "since");
  if (!since) return since.error();
  auto until = time_param(call, "until");
  if (!until) return until.error();
  query.since = *since;
  query.until = *until;
  if (auto token = call.request.param("nextToken")) {
    auto position = services.cursors.decode(call.caller.account, kListing, *token, "nextToken");
    if (!position) return position.error();
    query.after = position->to_number<store::ReceiptNumber>();
  }
  return query;
}

net::Reply list(Services& services, const Call& call) {
  if (auto known = only_params(
          call, {"source", "verdict", "unresolved", "since", "until", "order", "limit", "nextToken"});
      !known)
    return problem(known.error());
  auto query = query_of(services, call);
  if (!query) return problem(query.error());
  auto page = services.store.receipts(*query);
  if (!page) return problem(page.error());
  JsonArray receipts;
  for (const auto& receipt : page->receipts) receipts.push_back(present(receipt));
  Json next = nullptr;
  if (page->next != 0)
    next = boost::json::string(services.cursors.encode(call.caller.account, kListing, Json(page->next)));
  return json_reply(200, {{"receipts", std::move(receipts)}, {"nextToken", std::move(next)}});
}

net::Reply get(Services& services, const Call& call) {
  if (auto known = only_params(call, {}); !known) return problem(known.error());
  auto receipt = find(services, call);
  if (!receipt) return problem(receipt.error());
  auto shown = present_whole(services, *receipt);
  return shown ? json_reply(200, *shown) : problem(shown.error());
}

/// As it came. Never with the sender's content type, so that no browser runs it.
net::Reply body(Services& services, const Call& call) {
  if (auto known = only_params(call, {}); !known) return problem(known.error());
  auto receipt = find(services, call);
  if (!receipt) return problem(receipt.error());
  net::Reply reply{
      .status = 200, .content_type = "application/octet-stream", .body = std::move(receipt->body)};
  reply.headers.push_back({"X-Content-Type-Options", "nosniff"});
  return reply;
}

}  // namespace

std::vector<Route> receipt_routes() {
  return {
      route("GET", "/v1/receipts", Scope::read, list),
      route("GET", "/v1/receipts/{receiptId}", Scope::read, get),
      route("GET", "/v1/receipts/{receiptId}/body", Scope::read, body),
  };
}

}  // namespace deltapost::api
