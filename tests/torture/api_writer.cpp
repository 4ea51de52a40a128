#include "torture/api_writer.hpp"

#include <fmt/format.h>

namespace deltapost::torture {
namespace {

constexpr int kDone = 200;
constexpr std::uint64_t kLifetime = 60, kBusyPercent = 6;

}  // namespace

std::uint64_t number_at(const Json& object, std::string_view name) {
  const Json* value = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  return value != nullptr && value->is_number() ? value->to_number<std::uint64_t>() : 0;
}

std::string text_at(const Json& object, std::string_view name) {
  const Json* value = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  if (value == nullptr) return {};
  return value->is_string() ? std::string(value->get_string()) : to_text(*value);
}

// ---- any writer

void Writer::write(UniqueFunction<void()> done) {
  done_ = std::move(done);
  begin();
}

void Writer::end() {
  auto done = std::move(done_);
  done();
}

void Writer::wrong(const std::string& what) {
  scene_.oracle.wrong(what);
  known_.reset();
  end();
}

// ---- one of the API

net::Headers ApiWriter::headers(bool keyed) {
  net::Headers headers{{"x-api-key", scene_.api_key}};
  if (keyed) headers.push_back({"Idempotency-Key", fmt::format("writer-{}-{}", number_, next_number())});
  return headers;
}

void ApiWriter::begin() {
  if (chance(kBusyPercent)) return write_busy_lead();
  if (!known_ || left_ == 0) return create();
  change();
}

void ApiWriter::create() {
  auto creation = std::make_shared<Creation>(this->creation());
  left_ = 1 + random_.below(kLifetime);
  scene_.wire.ask(
      {.method = "POST", .path = creation->path, .body = to_text(creation->body), .headers = headers(true)},
      [this, creation](std::optional<Answer> answer) {
        if (answer->status != kDone || number_at(answer->body, "version") != 1)
          return wrong(fmt::format("POST {} {}: answered {} {}", creation->path, to_text(creation->body),
                                   answer->status, to_text(answer->body)));
        known_ = std::move(creation->known);
        known_->name = created(answer->body);
        scene_.oracle.acknowledged(
            {.record = known_->name, .version = 1, .fields = creation->fields, .whole = false});
        end();
      });
}

void ApiWriter::change() {
  --left_;
  auto update = std::make_shared<Update>(this->update());
  const Fields fields = known_->change(update->wanted);
  Ask ask{.method = update->method,
          .path = update->path,
          .body = update->body.empty() ? "" : to_text(update->body),
          .headers = headers(update->keyed),
          .until_answered = update->keyed};
  scene_.wire.ask(std::move(ask), [this, update, fields](std::optional<Answer> answer) {
    if (!answer) return look(*update, fields);
    changed(*update, fields, *answer);
  });
}

void ApiWriter::changed(const Update& update, const Fields& fields, const Answer& answer) {
  const Version expected = known_->version + (fields.empty() ? 0 : 1);
  if (answer.status != kDone || number_at(answer.body, "version") != expected)
    return wrong(fmt::format("{} {} {} of version {}: answered {} {}", update.method, update.path,
                             to_text(update.body), known_->version, answer.status, to_text(answer.body)));
  if (!fields.empty()) took_place(update, fields);
  end();
}

/// Nobody knows whether it was done: only the record itself.
void ApiWriter::look(const Update& update, const Fields& fields) {
  scene_.wire.ask(
      {.method = "GET", .path = path(), .headers = headers(false)},
      [this, update, fields](std::optional<Answer> answer) {
        const Version now = answer->status == kDone ? version_read(answer->body) : 0;
        if (now != known_->version && (fields.empty() || now != known_->version + 1))
          return wrong(fmt::format("{} was at version {}, and after one unanswered write it is at {}",
                                   known_->name.text(), known_->version, now));
        if (now != known_->version) took_place(update, fields);
        end();
      });
}

void ApiWriter::took_place(const Update& update, const Fields& fields) {
  known_->changed(fields);
  scene_.oracle.acknowledged(
      {.record = known_->name, .version = known_->version, .fields = fields, .whole = update.whole});
  if (update.ends) known_.reset();
}

void ApiWriter::write_busy_lead() {
  const std::string field = fmt::format("w{}", number_), value = std::to_string(next_number());
  const std::string path = "/v1/leads/" + scene_.busy_lead.id;
  const JsonObject body{{"additionalInfo", JsonObject{{field, value}}}};
  scene_.wire.ask(
      {.method = "PATCH", .path = path, .body = to_text(body), .headers = headers(true)},
      [this, field, value](std::optional<Answer> answer) {
        const Version version = answer->status == kDone ? number_at(answer->body, "version") : 0;
        if (version == 0)
          return wrong(
              fmt::format("PATCH of the busy lead: answered {} {}", answer->status, to_text(answer->body)));
        Sides sides{.now = Json(value)};
        if (busy_value_) sides.old = Json(*busy_value_);
        busy_value_ = value;
        scene_.oracle.acknowledged(
            {.record = scene_.busy_lead, .version = version, .fields = {{"additionalInfo." + field, sides}}});
        end();
      });
}

}  // namespace deltapost::torture
