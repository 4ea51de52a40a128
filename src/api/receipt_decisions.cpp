// What a person decides about quarantined receipts: released, as they came or mended, or dropped; one or
// many.
#include <fmt/format.h>

#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/receipt_view.hpp"
#include "api/routes.hpp"
#include "intake/receiver.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kMaxAtOnce = 100;       // receipts that one request releases or drops
constexpr std::size_t kMostCounted = 10'000;  // of those that are left
constexpr std::size_t kReadAtOnce = 500;

Error bad_param(std::string_view name, std::string message) {
  return {.fault = Fault::invalid, .message = std::move(message), .field = std::string(name)};
}

/// Takes {"body": "…"} or {"json": …}: what to process instead of what came.
Result<void> read_edited(const Call& call, intake::Release& release) {
  if (call.request.body.empty()) return ok();
  auto input = json_body(call);
  if (!input) return input.error();
  for (const auto& [name, value] : *input) {
    const bool first = !release.body;
    release.json = name == "json";
    if (name == "body" && value.is_string() && first)
      release.body = std::string(value.get_string());
    else if (release.json && first)
      release.body = to_text(value);
    else
      return Error{.fault = Fault::invalid,
                   .message =
                       "give either body (a text) or json (a value) to process instead of what came, or "
                       "nothing to process it as it came",
                   .field = std::string(name)};
  }
  return ok();
}

void release(Services& services, Call call, net::Respond respond) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  if (!call.request.body.empty())
    if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto number = receipt_number(call.params.at(0));
  if (!number) return respond(problem(number.error()));
  intake::Release wanted{
      .account = call.caller.account, .receipt = *number, .actor = "key:" + call.caller.key_id};
  if (auto read = read_edited(call, wanted); !read) return respond(problem(read.error()));
  services.receiver.release(std::move(wanted),
                            [respond = std::move(respond)](Result<intake::Acknowledgement> answer) mutable {
                              if (!answer) return respond(problem(answer.error()));
                              JsonObject shown = intake::to_json(answer->outcome);
                              shown["receipt"] = intake::receipt_id(answer->receipt);
                              shown["verdict"] = intake::to_string(answer->outcome.verdict());
                              respond(json_reply(200, shown));
                            });
}

void drop(Services& services, Call call, net::Respond respond) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  auto number = receipt_number(call.params.at(0));
  if (!number) return respond(problem(number.error()));
  services.receiver.drop(call.caller.account, *number, "key:" + call.caller.key_id,
                         [respond = std::move(respond)](Result<void> dropped) mutable {
                           respond(dropped ? net::Reply{.status = 204} : problem(dropped.error()));
                         });
}

/// Which receipts a request means, and, where it names a source, how many more of it wait.
struct Chosen {
  std::vector<store::ReceiptNumber> numbers;
  std::optional<std::size_t> left;
};

Result<Chosen> chosen_of_source(Services& services, const Call& call, const Json& source, const Json* after) {
  if (!source.is_string()) return bad_param("source", "source must be the id of a source");
  store::ReceiptQuery query{.account = call.caller.account,
                            .source = std::string(source.get_string()),
                            .verdict = intake::Verdict::quarantined,
                            .unresolved = true,
                            .oldest_first = true,
                            .limit = kReadAtOnce};
  if (after != nullptr) {
    const auto number = after->is_string() ? intake::parse_receipt_id(after->get_string()) : std::nullopt;
    if (!number) return bad_param("after", "must be a receipt id like rc_12, the last of those before");
    query.after = *number;
  }
  Chosen chosen{.numbers = {}, .left = 0};
  do {
    auto page = services.store.receipts(query);
    if (!page) return page.error();
    for (const auto& receipt : page->receipts) {
      if (chosen.numbers.size() < kMaxAtOnce)
        chosen.numbers.push_back(receipt.number);
      else
        ++*chosen.left;
    }
    query.after = page->next;
  } while (query.after != 0 && *chosen.left < kMostCounted);
  return chosen;
}

Result<Chosen> chosen_by_id(const Json& ids) {
  if (!ids.is_array() || ids.get_array().empty() || ids.get_array().size() > kMaxAtOnce)
    return bad_param("ids", fmt::format("ids must be an array of 1 to {} receipt ids", kMaxAtOnce));
  Chosen chosen;
  for (std::size_t i = 0; i < ids.get_array().size(); ++i) {
    const Json& id = ids.get_array()[i];
    const auto number = id.is_string() ? intake::parse_receipt_id(id.get_string()) : std::nullopt;
    if (!number) return bad_param(fmt::format("ids.{}", i), "must be a receipt id like rc_12");
    chosen.numbers.push_back(*number);
  }
  return chosen;
}

/// Several at once: {"ids": ["rc_1", …]}, or {"source": "src_…"}: what of it waits, the oldest first, perhaps
/// {"after": "rc_…"} alone.
Result<Chosen> chosen(Services& services, const Call& call) {
  auto input = json_body(call);
  if (!input) return input.error();
  const Json* ids = input->if_contains("ids");
  const Json* source = input->if_contains("source");
  const Json* after = input->if_contains("after");
  const std::size_t known =
      (ids != nullptr ? 1 : 0) + (source != nullptr ? 1 : 0) + (after != nullptr ? 1 : 0);
  if (input->size() != known || (ids == nullptr) == (source == nullptr) ||
      (ids != nullptr && after != nullptr))
    return bad_param("ids",
                     "give either ids (an array of receipt ids) or source (the id of a source, the oldest of "
                     "whose waiting receipts are meant), with source perhaps after (a receipt id)");
  return source != nullptr ? chosen_of_source(services, call, *source, after) : chosen_by_id(*ids);
}

/// One after the other, in order; each has a result of its own.
class Bulk : public std::enable_shared_from_this<Bulk> {
 public:
  using Step = std::function<void(store::ReceiptNumber, UniqueFunction<void(Result<std::string>)>)>;

  Bulk(Chosen chosen, Step step, net::Respond respond)
      : numbers_(std::move(chosen.numbers)),
        left_(chosen.left),
        step_(std::move(step)),
        respond_(std::move(respond)) {}

  void next() {
    if (at_ == numbers_.size()) return answer();
    const store::ReceiptNumber number = numbers_[at_++];
    step_(number, [self = shared_from_this(), number](Result<std::string> result) {
      JsonObject shown{{"id", intake::receipt_id(number)}};
      if (result)
        shown["verdict"] = *result;
      else
        shown["error"] = result.error().message;
      self->results_.push_back(std::move(shown));
      self->next();
    });
  }

 private:
  void answer() {
    JsonObject shown{{"results", std::move(results_)}};
    if (left_) shown["left"] = *left_;
    respond_(json_reply(200, shown));
  }

  std::vector<store::ReceiptNumber> numbers_;
  std::optional<std::size_t> left_;
  Step step_;
  net::Respond respond_;
  JsonArray results_;
  std::size_t at_ = 0;
};

void bulk(Services& services, Call call, net::Respond respond, Bulk::Step step) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto receipts = chosen(services, call);
  if (!receipts) return respond(problem(receipts.error()));
  std::make_shared<Bulk>(*std::move(receipts), std::move(step), std::move(respond))->next();
}

void release_several(Services& services, Call call, net::Respond respond) {
  auto step = [&services, account = call.caller.account, actor = "key:" + call.caller.key_id](
                  store::ReceiptNumber number, UniqueFunction<void(Result<std::string>)> done) {
    services.receiver.release({.account = account, .receipt = number, .actor = actor},
                              [done = std::move(done)](Result<intake::Acknowledgement> answer) mutable {
                                if (!answer) return done(answer.error());
                                done(std::string(intake::to_string(answer->outcome.verdict())));
                              });
  };
  bulk(services, std::move(call), std::move(respond), std::move(step));
}

void drop_several(Services& services, Call call, net::Respond respond) {
  auto step = [&services, account = call.caller.account, actor = "key:" + call.caller.key_id](
                  store::ReceiptNumber number, UniqueFunction<void(Result<std::string>)> done) {
    services.receiver.drop(account, number, actor, [done = std::move(done)](Result<void> dropped) mutable {
      if (!dropped) return done(dropped.error());
      done(std::string("dropped"));
    });
  };
  bulk(services, std::move(call), std::move(respond), std::move(step));
}

}  // namespace

std::vector<Route> receipt_decision_routes() {
  return {
      {"POST", "/v1/receipts/{receiptId}/release", Scope::write, release},
      {"POST", "/v1/receipts/{receiptId}/drop", Scope::write, drop},
      {"POST", "/v1/receipts/release", Scope::write, release_several},
      {"POST", "/v1/receipts/drop", Scope::write, drop_several},
  };
}

}  // namespace deltapost::api
