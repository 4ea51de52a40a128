#include "intake/decision.hpp"

#include <fmt/format.h>

#include "intake/audit.hpp"
#include "intake/outcome.hpp"

namespace deltapost::intake {

Result<store::Receipt> awaiting_decision(Result<std::optional<store::Receipt>> found,
                                         store::ReceiptNumber number) {
  if (!found) return found.error();
  const std::string id = receipt_id(number);
  if (!*found) return Error{Fault::not_found, fmt::format("there is no receipt {}", id)};
  if (const Verdict verdict = (*found)->verdict; verdict != Verdict::quarantined)
    return Error{Fault::conflict, fmt::format("receipt {} is {}; only quarantined ones wait for a decision",
                                              id, to_string(verdict))};
  if (!(*found)->resolution.empty())
    return Error{Fault::conflict, fmt::format("receipt {} was resolved already", id)};
  return **std::move(found);
}

Result<void> put_decision(store::Draft& draft, Decision decision) {
  JsonObject resolution{{"state", decision.what}, {"at", iso_millis(draft.now())}, {"by", decision.actor}};
  resolution.insert(decision.details.begin(), decision.details.end());
  draft.put(store::ReceiptResolution{decision.receipt, to_text(resolution)});
  return put_audit(draft, decision.account,
                   {.action = "receipt." + decision.what,
                    .kind = "receipt",
                    .id = receipt_id(decision.receipt),
                    .details = std::move(decision.details)},
                   {.actor = decision.actor, .source = "api"});
}

}  // namespace deltapost::intake
