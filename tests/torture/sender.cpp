#include "torture/sender.hpp"

#include <fmt/format.h>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "torture/api_writer.hpp"

namespace deltapost::torture {
namespace {

constexpr int kTaken = 200;
constexpr std::uint64_t kLifetime = 60;
/// Between two statements, so that one fits in that is late; and never a whole second, which some senders'
/// times are cut to.
constexpr Millis kStep{2};

}  // namespace

Time Sender::tick() {
  last_ = std::max(scene_.clock.now(), last_ + kStep);
  if (last_.time_since_epoch() % std::chrono::seconds{1} < kStep) last_ += kStep;
  return last_;
}

void Sender::begin() {
  if (!known_ || left_ == 0) {
    left_ = 1 + random_.below(kLifetime);
    return post(Sort::first, first(tick()));
  }
  --left_;
  if (chance(12)) return post(Sort::again, {.body = newest_body_});
  if (chance(12) && known_->version > 1) return post(Sort::late, late(last_ - Millis{1}));
  post(Sort::newer, newer(tick()));
}

void Sender::post(Sort sort, Webhook webhook) {
  auto sent = std::make_shared<Webhook>(std::move(webhook));
  if (sort == Sort::first || sort == Sort::newer) newest_body_ = sent->body;
  scene_.wire.ask({.method = "POST",
                   .path = "/in/" + source_.token,
                   .body = sent->body,
                   .headers = {{"X-Signature-SHA256", hex(hmac_sha256(source_.secret, sent->body))}}},
                  [this, sort, sent](std::optional<Answer> answer) { answered(sort, *sent, *answer); });
}

void Sender::answered(Sort sort, const Webhook& webhook, const Answer& answer) {
  for (std::uint32_t i = 0; i < answer.unanswered; ++i) scene_.oracle.unanswered_webhook();
  const std::string verdict = text_at(answer.body, "verdict");
  const bool writes = sort == Sort::first || sort == Sort::newer;
  const bool again = verdict == "duplicate" && (sort == Sort::again || answer.unanswered > 0);
  const bool new_here = sort != Sort::again && verdict == (writes ? "accepted" : "stale");
  if (answer.status != kTaken || (!again && !new_here))
    return wrong(fmt::format("a webhook about {}, after {} tries without an answer: {} {}",
                             known_->name.text(), answer.unanswered, answer.status, to_text(answer.body)));
  scene_.oracle.acknowledged(StoredReceipt{
      .id = text_at(answer.body, "receipt"), .verdict = verdict, .digest = hex(sha256(webhook.body))});
  if (sort == Sort::newer) known_->changed(webhook.fields);
  if (writes)
    scene_.oracle.acknowledged(Claim{.record = known_->name,
                                     .version = known_->version,
                                     .fields = webhook.fields,
                                     .whole = sort == Sort::newer});
  end();
}

}  // namespace deltapost::torture
