// Posts what Apten posts about leads: what changed, with what was there before.
#include <fmt/format.h>

#include "torture/sender.hpp"

namespace deltapost::torture {
namespace {

class AptenSender final : public Sender {
 public:
  using Sender::Sender;

 private:
  Webhook first(Time at) override {
    known_ = Known{.name = {Kind::lead, fmt::format("apten_{}_{}", number_, ++leads_)},
                   .fields = {{"additionalInfo.step", "1"}}};
    phone_ = fmt::format("+1{:03}{:07}", 200 + number_, leads_);
    Webhook webhook = posted(at, {{"additionalInfo.step", {.now = Json("1")}}});
    webhook.fields = {{"phone", {.now = Json(phone_)}},
                      {"additionalInfo", {.now = Json(JsonObject{{"step", "1"}})}}};
    return webhook;
  }

  Webhook newer(Time at) override {
    Wanted wanted{{"additionalInfo.step", Json(std::to_string(next_number()))}};
    const std::string field = fmt::format("additionalInfo.k{}", random_.below(4));
    wanted[field] = chance(25) ? std::nullopt : std::optional<Json>(fmt::format("v{}", random_.below(3)));
    return posted(at, known_->change(wanted));
  }

  Webhook late(Time at) override {
    Webhook webhook =
        posted(at, {{"additionalInfo.step", {.now = Json("late " + std::to_string(next_number()))}}});
    webhook.fields.clear();
    return webhook;
  }

  Webhook posted(Time at, const Fields& fields) {
    JsonObject info;
    for (const auto& [path, sides] : fields)
      info[path.substr(path.find('.') + 1)] =
          JsonObject{{"old", sides.old.value_or(nullptr)}, {"new", sides.now.value_or(nullptr)}};
    const JsonObject body{
        {"event", "lead.additionalInfo.updated"},
        {"data",
         JsonObject{{"leadId", known_->name.id}, {"phone", phone_}, {"additionalInfo", std::move(info)}}},
        {"eventId", fmt::format("{:016x}{:016x}", number_, next_number())},
        {"timestamp", iso_millis(at)}};
    return {.body = to_text(body), .fields = fields};
  }

  std::string phone_;
  std::uint64_t leads_ = 0;
};

}  // namespace

std::unique_ptr<Writer> apten_sender(Scene& scene, std::uint32_t number, std::uint64_t seed) {
  return std::make_unique<AptenSender>(scene, number, seed, scene.apten);
}

}  // namespace deltapost::torture
