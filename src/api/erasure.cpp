// POST …/erase: takes a person's values out of everything that is kept.
#include <fmt/format.h>

#include "api/audit.hpp"
#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/routes.hpp"
#include "intake/erase.hpp"

namespace deltapost::api {
namespace {

void erase(Services& services, Call call, net::Respond respond, Kind kind) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  auto key = record_param(call, kind);
  if (!key) return respond(problem(key.error()));
  const Origin origin = origin_of(call);
  auto erased = std::make_shared<bool>(false);
  auto answer = std::make_shared<net::Respond>(std::move(respond));
  auto accepted = services.committer.submit(
      [key = *key, origin, erased](store::Draft& draft) -> Result<void> {
        auto done = intake::erase(draft, key, origin);
        if (!done) return done.error();
        *erased = *done;
        return ok();
      },
      [&services, key = *key, erased, answer](const Result<void>& result) {
        if (!result) return (*answer)(problem(result.error()));
        services.tail.forget(key);
        // Again, if need be: an erasure whose file could not be cleaned is not done.
        if (auto clean = services.store.scrub(); !clean) return (*answer)(problem(clean.error()));
        (*answer)(json_reply(
            200, {{"message", *erased ? "Erased." : "It was erased before."}, {"changed", *erased}}));
      });
  if (!accepted) (*answer)(problem(accepted.error()));
}

void erase_lead(Services& services, Call call, net::Respond respond) {
  erase(services, std::move(call), std::move(respond), Kind::lead);
}
void erase_contact(Services& services, Call call, net::Respond respond) {
  erase(services, std::move(call), std::move(respond), Kind::contact);
}

}  // namespace

std::vector<Route> erasure_routes() {
  return {
      {"POST", "/v1/leads/{leadId}/erase", Scope::admin, erase_lead},
      {"POST", "/v1/contacts/{id}/erase", Scope::admin, erase_contact},
  };
}

}  // namespace deltapost::api
