// deltapost observe: a read-only observer for conformance suites: a question per line of JSON, an answer per
// line.
//
//   {"event": "<event id>"}                          -> {"receipts": n, "processed": m, "verdicts":
//   ["accepted", …]}
//   {"kind": "contact", "id": "5", "field": "status"} -> {"exists": true, "version": 3, "value": "QUALIFIED"}
//   {"kind": "lead", "id": "lead_1", "transitions": "additionalInfo.state"}
//                                                    -> {"transitions": [{"old": "CA", "new": "NV",
//                                                    "version": 2, "at": "…"}]}
//
// A transition without `old` is the first: the field was not there. `source` beside `event` narrows it to one
// source. "processed" counts receipts that changed something, or that an event was remembered from;
// duplicates, stale ones and refused ones are receipts that were not processed.
#include <fmt/format.h>

#include <iostream>

#include "app/api_client.hpp"
#include "app/commands.hpp"
#include "record/assign.hpp"
#include "record/path.hpp"

namespace deltapost::app {
namespace {

std::string text_of(const JsonObject& object, std::string_view name) {
  const Json* value = object.if_contains(name);
  if (value == nullptr) return {};
  return value->is_string() ? std::string(value->get_string()) : to_text(*value);
}

/// What a change did to a field, also where it stands inside of a whole that was set (a creation sets
/// wholes). nullopt: nothing.
std::optional<JsonObject> step_of(const JsonObject& changes, const FieldPath& path) {
  for (std::size_t size = path.size(); size > 0; --size) {
    const auto end = path.begin() + static_cast<std::ptrdiff_t>(size);
    const Json* whole = changes.if_contains(dotted({path.begin(), end}));
    if (whole == nullptr || !whole->is_object()) continue;
    const FieldPath rest(end, path.end());
    JsonObject step;
    for (const char* side : {"old", "new"}) {
      const Json* value = whole->get_object().if_contains(side);
      if (value == nullptr) continue;
      if (rest.empty())
        step[side] = *value;
      else if (value->is_object())
        if (auto inner = value_at(value->get_object(), rest)) step[side] = *std::move(inner);
    }
    const Json *before = step.if_contains("old"), *after = step.if_contains("new");
    const bool changed = before == nullptr || after == nullptr ? before != after : *before != *after;
    return changed ? std::optional(std::move(step)) : std::nullopt;
  }
  return std::nullopt;
}

class Observer {
 public:
  explicit Observer(const Target& target) : client_(target.url, target.key) {}

  Result<JsonObject> answer(const JsonObject& question) {
    if (question.contains("event")) return event(text_of(question, "event"), text_of(question, "source"));
    const std::string kind = text_of(question, "kind"), id = text_of(question, "id");
    if ((kind != "lead" && kind != "contact") || id.empty())
      return Error{
          Fault::invalid,
          "ask about an event id {\"event\": …}, or about a record {\"kind\": \"lead\" or \"contact\", "
          "\"id\": …} with a field or transitions"};
    const std::string base = fmt::format("/v1/{}s/{}", kind, escaped(id));
    if (question.contains("transitions")) return transitions(base, text_of(question, "transitions"));
    return field(base, kind, text_of(question, "field"));
  }

 private:
  Result<JsonObject> event(const std::string& id, const std::string& source) {
    std::size_t receipts = 0, processed = 0;
    JsonArray verdicts;
    std::string path = "/v1/receipts?order=asc&limit=500";
    if (!source.empty()) path += "&source=" + escaped(source);
    for (std::string next;;) {
      auto page = client_.ask("GET", path + (next.empty() ? "" : "&nextToken=" + escaped(next)));
      if (!page) return page.error();
      for (const Json& receipt : page->at("receipts").as_array()) {
        const Json* items = receipt.as_object().if_contains("items");
        if (items == nullptr) continue;
        for (const Json& item : items->as_array()) {
          if (text_of(item.as_object(), "eventId") != id) continue;
          ++receipts;
          processed += item.at("verdict") == "accepted" ? 1 : 0;
          verdicts.push_back(item.at("verdict"));
        }
      }
      if (page->at("nextToken").is_null()) break;
      next = page->at("nextToken").as_string();
    }
    return JsonObject{{"receipts", receipts}, {"processed", processed}, {"verdicts", std::move(verdicts)}};
  }

  Result<JsonObject> field(const std::string& base, const std::string& kind, const std::string& name) {
    auto answer = client_.call("GET", base);
    if (!answer) return answer.error();
    if (answer->status == 404) return JsonObject{{"exists", false}};
    if (answer->status != 200)
      return Error{Fault::unavailable, fmt::format("the server answered {} to GET {}", answer->status, base)};
    const JsonObject& document =
        kind == "contact" ? answer->body.at("data").at("contact").as_object() : answer->body.as_object();
    JsonObject shown{{"exists", true}, {"version", document.at("version")}};
    if (name.empty()) {
      shown["value"] = document;
      return shown;
    }
    auto path = parse_dotted(name);
    if (!path) return path.error();
    if (auto value = value_at(document, *path)) shown["value"] = *std::move(value);
    return shown;
  }

  Result<JsonObject> transitions(const std::string& base, const std::string& name) {
    auto path = parse_dotted(name);
    if (!path) return path.error();
    JsonArray found;
    for (std::string after = "0";;) {
      auto page = client_.ask("GET", fmt::format("{}/changes?limit=1000&after={}", base, after));
      if (!page) return page.error();
      for (const Json& change : page->at("changes").as_array()) {
        const Json* fields = change.as_object().if_contains("changes");
        if (fields == nullptr || !fields->is_object()) continue;
        auto step = step_of(fields->get_object(), *path);
        if (!step) continue;
        JsonObject one = *std::move(step);
        one["version"] = change.at("version");
        one["at"] = change.at("at");
        found.push_back(std::move(one));
      }
      if (page->at("next").is_null()) break;
      after = to_text(page->at("next"));
    }
    return JsonObject{{"transitions", std::move(found)}};
  }

  ApiClient client_;
};

int observe(const Target& target) {
  if (const std::string missing = missing_key(target); !missing.empty()) return fail(missing);
  Observer observer(target);
  for (std::string line; std::getline(std::cin, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto question = parse_json_object(line);
    auto answer = question ? observer.answer(*question) : Result<JsonObject>(question.error());
    fmt::print("{}\n", to_text(answer ? *answer : JsonObject{{"error", answer.error().message}}));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

void add_observe(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand(
      "observe", "a read-only observer for conformance suites: questions as lines of JSON in, answers out");
  auto target = std::make_shared<Target>();
  add_target(*command, *target);
  command->callback([target, &run] { run = [target] { return observe(*target); }; });
}

}  // namespace deltapost::app
