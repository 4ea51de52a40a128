// POST /in/{token}: where webhooks of others come in.
#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/routes.hpp"
#include "intake/receiver.hpp"

namespace deltapost::api {
namespace {

/// What the sender reads. It has little use for more than the status, but whoever sets it up has.
JsonObject acknowledgement_body(const intake::Acknowledgement& answer) {
  JsonObject body{{"receipt", intake::receipt_id(answer.receipt)},
                  {"verdict", intake::to_string(answer.outcome.verdict())}};
  for (auto& member : intake::to_json(answer.outcome)) body[member.key()] = member.value();
  return body;
}

net::Reply refusal(const intake::Acknowledgement& answer) {
  if (answer.status == 401) return bad_signature(answer.outcome.reason);
  return problem({.fault = answer.status == 413 ? Fault::too_large : Fault::invalid,
                  .message = answer.outcome.reason,
                  .field = answer.outcome.field});
}

net::Reply reply_to(const intake::Acknowledgement& answer) {
  if (answer.status == 200) return json_reply(200, acknowledgement_body(answer));
  if (answer.status == 429)
    return too_many_requests("this source takes no more requests in this second", *answer.retry_after_s);
  if (answer.status == 503) {
    net::Reply reply =
        problem({.fault = Fault::unavailable, .message = "this source is paused; send it again later"});
    std::erase_if(reply.headers, [](const net::Header& header) { return header.name == "Retry-After"; });
    reply.headers.push_back({"Retry-After", std::to_string(*answer.retry_after_s)});
    return reply;
  }
  return refusal(answer);
}

void receive(Services& services, Call call, net::Respond respond) {
  const std::string token = call.params.at(0);
  const std::string address = services.guesses.address_of(call.request);
  if (auto refusal = services.guesses.closed_to(address, token)) return respond(*std::move(refusal));
  const bool too_large = call.request.exceeded_limit.has_value();
  services.receiver.receive(token, std::move(call.request), too_large,
                            [&guesses = services.guesses, address, token,
                             respond = std::move(respond)](Result<intake::Acknowledgement> answer) mutable {
                              const bool no_such_token = !answer && answer.error().fault == Fault::not_found;
                              auto refusal = no_such_token ? guesses.wrong(address, token) : std::nullopt;
                              if (refusal) return respond(*std::move(refusal));
                              if (!no_such_token) guesses.right(address, token);
                              respond(answer ? reply_to(*answer) : problem(answer.error()));
                            });
}

}  // namespace

std::vector<Route> receive_routes() {
  return {{"POST", "/in/{token}", Scope::none, receive, true}};
}

}  // namespace deltapost::api
