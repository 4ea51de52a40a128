// Writes contacts through the API, which numbers them.
#include <fmt/format.h>

#include "torture/api_writer.hpp"

namespace deltapost::torture {
namespace {

class ContactWriter final : public ApiWriter {
 public:
  using ApiWriter::ApiWriter;

 private:
  Creation creation() override {
    const std::string email = fmt::format("c{}.{}@example.com", number_, ++contacts_);
    Creation creation{.path = "/v1/contacts",
                      .body = {{"firstName", "Raya"}, {"lastName", "Fleming"}, {"email", email}},
                      .fields = {{"firstName", {.now = Json("Raya")}},
                                 {"lastName", {.now = Json("Fleming")}},
                                 {"email", {.now = Json(email)}}}};
    creation.known.fields = {
        {"firstName", "Raya"}, {"lastName", "Fleming"}, {"status", "POTENTIAL"}, {"country", nullptr}};
    return creation;
  }

  RecordName created(const Json& answer) override {
    const Json* data = answer.get_object().if_contains("data");
    return {Kind::contact, data == nullptr ? "" : text_at(data->at("contact"), "id")};
  }
  std::string path() const override { return "/v1/contacts/" + known_->name.id; }
  Version version_read(const Json& answer) const override {
    return number_at(answer.at("data").at("contact"), "version");
  }

  Update update() override {
    Update update{.method = chance(50) ? "PATCH" : "PUT", .path = path(), .keyed = chance(80)};
    if (!chance(5))
      update.wanted["lastName"] = update.body["lastName"] = fmt::format("Fleming {}", next_number());
    if (chance(30))
      update.wanted["status"] = update.body["status"] = chance(50) ? "QUALIFIED" : "DISQUALIFIED";
    const Json country = chance(50) ? Json("PK") : Json(nullptr);
    update.wanted["country"] = update.body["country"] = country;
    return update;
  }

  std::uint64_t contacts_ = 0;
};

}  // namespace

std::unique_ptr<Writer> contact_writer(Scene& scene, std::uint32_t number, std::uint64_t seed) {
  return std::make_unique<ContactWriter>(scene, number, seed);
}

}  // namespace deltapost::torture
