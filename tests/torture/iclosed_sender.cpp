// Posts what iClosed posts about contacts: the whole contact, without what was there before.
#include <fmt/format.h>

#include "torture/sender.hpp"

namespace deltapost::torture {
namespace {

constexpr std::uint64_t kFirstId = 10'000'000, kIdsEach = 100'000;
constexpr const char* kBudget = "Monthly budget";

class IclosedSender final : public Sender {
 public:
  using Sender::Sender;

 private:
  Webhook first(Time at) override {
    const std::uint64_t id = kFirstId + number_ * kIdsEach + ++contacts_;
    known_ = Known{.name = {Kind::contact, std::to_string(id)},
                   .fields = {{"lastName", "Fleming"},
                              {"status", "POTENTIAL"},
                              {"tracking.utm_campaign", "spring"},
                              {"questionsAndAnswers.1_response", "2,000"},
                              {std::string("questionsAndAnswers.") + kBudget, "2,000"}}};
    const JsonObject stated = contact(known_->fields, at);
    Webhook webhook{.body = body(stated)};
    for (const char* field :
         {"id", "firstName", "lastName", "email", "status", "createdAt", "questionsAndAnswers", "tracking"})
      webhook.fields[field] = {.now = stated.at(field)};
    return webhook;
  }

  Webhook newer(Time at) override {
    Wanted wanted{{"lastName", Json(fmt::format("Fleming {}", next_number()))}};
    if (chance(30)) wanted["status"] = chance(50) ? "QUALIFIED" : "DISQUALIFIED";
    if (chance(30)) wanted["tracking.utm_campaign"] = fmt::format("campaign {}", random_.below(4));
    if (chance(30)) {
      const Json budget(fmt::format("{},000", random_.below(9)));
      wanted["questionsAndAnswers.1_response"] = wanted[std::string("questionsAndAnswers.") + kBudget] =
          budget;
    }
    auto fields = known_->fields;
    for (const auto& [path, now] : wanted) fields[path] = *now;
    return {.body = body(contact(fields, at)), .fields = known_->change(wanted)};
  }

  Webhook late(Time at) override {
    auto fields = known_->fields;
    fields["lastName"] = fmt::format("Late {}", next_number());
    return {.body = body(contact(fields, at))};
  }

  static std::string body(const JsonObject& contact) { return to_text(Json(JsonArray{contact})); }

  JsonObject contact(const std::map<std::string, Json>& fields, Time at) const {
    const auto at_path = [&](const std::string& path) { return fields.at(path); };
    const std::string budget = std::string("questionsAndAnswers.") + kBudget;
    const JsonObject answers{{"1_question", kBudget},
                             {"1_response", at_path("questionsAndAnswers.1_response")},
                             {kBudget, at_path(budget)}};
    return {{"id", std::stoull(known_->name.id)},
            {"userId", 4},
            {"accountId", 3},
            {"firstName", "Raya"},
            {"lastName", at_path("lastName")},
            {"email", fmt::format("r{}@example.com", known_->name.id)},
            {"status", at_path("status")},
            {"createdAt", "2025-05-09T15:28:40.783Z"},
            {"joinedTime", "2025-05-09T15:28:40.783Z"},
            {"timeZone", "Asia/Karachi"},
            {"updatedAt", iso_millis(at)},
            {"questionsAndAnswers", answers},
            {"tracking",
             JsonObject{{"utm_campaign", at_path("tracking.utm_campaign")}, {"first_utm_source", "search"}}},
            {"updatedAttributes", JsonArray{}},
            {"hookType", "Contact updated"}};
  }

  std::uint64_t contacts_ = 0;
};

}  // namespace

std::unique_ptr<Writer> iclosed_sender(Scene& scene, std::uint32_t number, std::uint64_t seed) {
  return std::make_unique<IclosedSender>(scene, number, seed, scene.iclosed);
}

}  // namespace deltapost::torture
