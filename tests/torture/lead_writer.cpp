// Writes leads through the API: merges additionalInfo, sets and clears, appends context, deletes.
#include <fmt/format.h>

#include "torture/api_writer.hpp"

namespace deltapost::torture {
namespace {

constexpr std::uint64_t kInfoFields = 6;

class LeadWriter final : public ApiWriter {
 public:
  using ApiWriter::ApiWriter;

 private:
  Creation creation() override {
    const std::string phone = fmt::format("+1{:03}{:07}", 200 + number_, ++leads_);
    const JsonObject info{{"step", "1"}};
    Creation creation{.path = "/v1/leads/create",
                      .body = {{"phone", phone}, {"firstName", "Maria"}, {"additionalInfo", info}},
                      .fields = {{"phone", {.now = Json(phone)}},
                                 {"firstName", {.now = Json("Maria")}},
                                 {"additionalInfo", {.now = Json(info)}}}};
    creation.known.fields = {
        {"firstName", "Maria"}, {"isHot", false}, {"summary", nullptr}, {"additionalInfo.step", "1"}};
    return creation;
  }

  RecordName created(const Json& answer) override { return {Kind::lead, text_at(answer, "id")}; }
  std::string path() const override { return "/v1/leads/" + known_->name.id; }
  Version version_read(const Json& answer) const override { return number_at(answer, "version"); }

  Update update() override {
    if (chance(1)) return deletion();
    if (chance(20)) return context();
    return merge();
  }

  Update merge() {
    Update update{.method = "PATCH", .path = path(), .keyed = chance(85)};
    JsonObject info;
    if (!chance(5)) info["step"] = fmt::format("{}", next_number());
    for (std::uint64_t i = 0; i < 2; ++i) {
      const std::string field = fmt::format("k{}", random_.below(kInfoFields));
      info[field] = chance(25) ? Json(nullptr) : Json(fmt::format("v{}", random_.below(3)));
    }
    for (const auto& member : info) {
      const bool goes = member.value().is_null();
      update.wanted["additionalInfo." + std::string(member.key())] =
          goes ? std::nullopt : std::optional<Json>(member.value());
    }
    update.body = {{"additionalInfo", info}};
    if (chance(30))
      update.wanted["firstName"] = update.body["firstName"] = fmt::format("Maria {}", random_.below(4));
    if (chance(20)) update.wanted["isHot"] = update.body["isHot"] = chance(50);
    return update;
  }

  /// What is done twice shows: the text is appended.
  Update context() {
    const std::string line = fmt::format("learnt {}", next_number());
    const Json& summary = known_->fields["summary"];
    const std::string before = summary.is_string() ? std::string(summary.get_string()) + "\n" : "";
    return {.method = "POST",
            .path = path() + "/addContext",
            .body = {{"context", line}},
            .wanted = {{"summary", Json(before + line)}},
            .keyed = chance(50)};
  }

  Update deletion() {
    return {.method = "DELETE",
            .path = path(),
            .body = {},
            .wanted = {{"deleted", Json(true)}},
            .whole = false,
            .ends = true};
  }

  std::uint64_t leads_ = 0;
};

}  // namespace

std::unique_ptr<Writer> lead_writer(Scene& scene, std::uint32_t number, std::uint64_t seed) {
  return std::make_unique<LeadWriter>(scene, number, seed);
}

}  // namespace deltapost::torture
