#include "api/writing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "api/audit.hpp"
#include "api/input.hpp"
#include "api/problem.hpp"
#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "record/present.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kMaxIdempotencyKey = 255;

// A remembered answer is text: the status, the ETag and the body, a line each (JSON text holds no line
// break).
std::string pack(int status, Version version, AnswerBody body) {
  if (status == 204) body.text.clear();
  std::array<char, 64> head;
  const auto end = fmt::format_to(head.data(), "{}\n\"{}\"\n", status, version);
  body.text.insert(0, head.data(), static_cast<std::size_t>(end - head.data()));
  return std::move(body.text);
}

net::Reply unpack(std::string text) {
  const std::size_t first = text.find('\n'), second = text.find('\n', first + 1);
  net::Reply reply;
  std::from_chars(text.data(), text.data() + first, reply.status);
  reply.headers.push_back({"ETag", text.substr(first + 1, second - first - 1)});
  text.erase(0, second + 1);
  reply.body = std::move(text);
  return reply;
}

/// What a sealed answer is bound to.
std::string answer_context(const Call& call) {
  return fmt::format("answer:{}:{}", call.caller.account.text(), call.request.path);
}

Result<std::optional<intake::Idempotency>> idempotency(const Call& call) {
  const auto key = call.request.header("idempotency-key");
  if (!key) return std::optional<intake::Idempotency>{};
  const bool visible = std::ranges::all_of(*key, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (key->empty() || key->size() > kMaxIdempotencyKey || !visible)
    return Error{.fault = Fault::invalid,
                 .message = fmt::format("Idempotency-Key must be 1 to {} visible ASCII characters",
                                        kMaxIdempotencyKey),
                 .field = "Idempotency-Key"};
  const std::string what = fmt::format("{}\n{}\n{}\n{}", call.request.method, call.request.path,
                                       call.request.header("if-match").value_or(""), call.request.body);
  return std::optional(intake::Idempotency{
      .account = call.caller.account, .key = std::string(*key), .fingerprint = sha256(what)});
}

}  // namespace

void write_record(Services& services, const Call& call, RecordWriteSpec spec, net::Respond respond) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  auto key = idempotency(call);
  if (!key) return respond(problem(key.error()));
  auto version = if_match(call);
  if (!version) return respond(problem(version.error()));
  // Whoever repeats the request that made a secret is shown it once more.
  auto show_again = [&services, call = spec.confidential ? std::optional(call) : std::nullopt](
                        const RecordKey& subject, net::Reply reply, net::Respond answer) {
    const std::string kind(to_string(subject.kind));
    audited(services, *call, {.action = kind + ".secret.viewed", .kind = kind, .id = wire_id(subject)},
            std::move(answer),
            [reply = std::move(reply)](net::Respond then) mutable { then(std::move(reply)); });
  };
  const std::string context = spec.confidential ? answer_context(call) : "";
  intake::WriteRequest request{
      .key = std::move(spec.key),
      .origin = origin_of(call),
      .if_match = *version,
      .idempotency = *std::move(key),
      .decide = std::move(spec.decide),
      .numbered = std::move(spec.numbered),
      .seal = std::move(spec.seal),
      .also = std::move(spec.also),
      .answer = [&sealer = services.sealer, status = spec.status, confidential = spec.confidential, context,
                 body = std::move(spec.body)](const intake::Written& written) mutable {
        std::string text = pack(status, written.record.version, body(written));
        if (confidential) return sealer.seal(text, context);
        return text;
      }};
  services.writer.write(std::move(request),
                        [&sealer = services.sealer, confidential = spec.confidential, context,
                         show_again = std::move(show_again),
                         respond = std::move(respond)](Result<intake::Answered> answer) mutable {
                          if (!answer) return respond(problem(answer.error()));
                          Result<std::string> text =
                              confidential ? sealer.open(answer->text, context) : std::move(answer->text);
                          if (!text) return respond(problem(text.error()));
                          net::Reply reply = unpack(*std::move(text));
                          if (answer->remembered) reply.headers.push_back({"Idempotency-Replayed", "true"});
                          if (answer->remembered && confidential)

                            return show_again(answer->about, std::move(reply), std::move(respond));
                          respond(std::move(reply));
                        });
}

void write_written(JsonWriter& out, const intake::Written& written) {
  const Record& record = written.record;
  if (written.text != nullptr)
    write_presented(out, *written.text, record.updated_at, record.version);
  else
    write_presented(out, record.key.kind, record.document, record.updated_at, record.version);
}

Result<const Record*> must_exist(const Record* current, const RecordKey& key) {
  if (current == nullptr) return not_found(key.kind, wire_id(key));
  return current;
}

Result<const Record*> must_be_live(const Record* current, const RecordKey& key) {
  if (current == nullptr || current->deleted) return not_found(key.kind, wire_id(key));
  return current;
}

void delete_with_secrets(Services& services, const Call& call, const RecordKey& key, net::Respond respond) {
  write_record(services, call,
               {.key = key,
                .decide = [key](const Record* current, Time now) -> Result<JsonObject> {
                  auto record = must_be_live(current, key);
                  if (!record) return record.error();
                  JsonObject document = (*record)->document;
                  document["deleted"] = true;
                  document["deletedAt"] = iso_millis(now);
                  return document;
                },
                .body = [](const intake::Written&) { return JsonObject{}; },
                .status = 204,
                .seal = [](const auto&) -> Result<std::string> { return std::string(); }},
               std::move(respond));
}

void raise_revision(JsonObject& document, std::string_view name) {
  const Json* current = document.if_contains(name);
  document[name] = current != nullptr ? current->to_number<std::int64_t>() + 1 : 1;
}

}  // namespace deltapost::api
