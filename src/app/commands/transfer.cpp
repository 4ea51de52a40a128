// deltapost export and import: leads and contacts as lines of JSON, {"kind": "lead", "record": {…}}, through
// the API.
#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

#include "app/api_client.hpp"
#include "app/commands.hpp"

namespace deltapost::app {
namespace {

constexpr int kWorkers = 8;
constexpr std::size_t kShownErrors = 20;

struct Options {
  Target target;
  std::string file = "-";
};

void print_line(const char* kind, const Json& record) {
  fmt::print("{}\n", to_text(JsonObject{{"kind", kind}, {"record", record}}));
}

/// Pages of a listing until its end; `find` gives the page's records.
template <class Find>
Result<std::size_t> export_kind(ApiClient& client, const char* kind, const std::string& path, Find find) {
  std::size_t count = 0;
  for (std::string next;;) {
    auto page = client.ask("GET", path + (next.empty() ? "" : "&nextToken=" + next));
    if (!page) return page.error();
    for (const Json& record : find(*page)) {
      print_line(kind, record);
      ++count;
    }
    const Json& token = page->at("nextToken");
    if (token.is_null()) return count;
    next = token.as_string();
  }
}

int run_export(const Options& options) {
  ApiClient client(options.target.url, options.target.key);
  auto leads = export_kind(client, "lead", "/v1/leads?limit=1000",
                           [](const Json& page) { return page.at("leads").as_array(); });
  if (!leads) return fail(leads.error().message);
  auto contacts = export_kind(client, "contact", "/v1/contacts?limit=100",
                              [](const Json& page) { return page.at("data").at("contacts").as_array(); });
  if (!contacts) return fail(contacts.error().message);
  fmt::print(stderr, "exported {} leads and {} contacts\n", *leads, *contacts);
  return 0;
}

/// What the server keeps itself and does not take from a writer.
void drop_kept_by_server(JsonObject& record, bool lead) {
  for (const char* name : {"updatedAt", "version", "deletedAt"}) erase_key(record, name);
  if (lead)
    for (const char* name : {"id", "createdAt", "deleted"}) erase_key(record, name);
}

/// The tags of an exported lead as its creation takes them.
void flatten_tags(JsonObject& lead) {
  Json* tags = lead.if_contains("tags");
  if (tags == nullptr || !tags->is_array()) return;
  for (Json& tag : tags->get_array())
    if (tag.is_object() && tag.get_object().contains("name")) tag = Json(tag.get_object().at("name"));
}

/// Creates the record, or updates the one that stands in its place (the lead with that phone, the contact
/// with that id).
Result<void> import_line(ApiClient& client, const std::string& line) {
  auto entry = parse_json_object(line);
  if (!entry) return entry.error();
  const Json* kind = entry->if_contains("kind");
  Json* record = entry->if_contains("record");
  if (kind == nullptr || (*kind != "lead" && *kind != "contact") || record == nullptr || !record->is_object())
    return Error{.fault = Fault::invalid, .message = R"(write {"kind": "lead" or "contact", "record": {…}})"};
  const bool lead = *kind == "lead";
  JsonObject& fields = record->get_object();
  if (const Json* deleted = fields.if_contains("deleted"); deleted != nullptr && *deleted == true)
    return ok();
  drop_kept_by_server(fields, lead);
  if (lead) flatten_tags(fields);

  auto answer = client.call("POST", lead ? "/v1/leads/create" : "/v1/contacts", record);
  if (!answer) return answer.error();
  if (answer->status == 409 && answer->body.is_object() && answer->body.get_object().contains("other")) {
    const std::string other(answer->body.at("other").as_string());
    for (const char* fixed : {"tags", "createdAt", "joinedTime", "previewId"}) erase_key(fields, fixed);
    auto updated = client.ask("PATCH", (lead ? "/v1/leads/" : "/v1/contacts/") + other, record);
    if (!updated) return updated.error();
    return ok();
  }
  if (answer->status < 200 || answer->status >= 300)
    return Error{.fault = Fault::invalid, .message = to_text(answer->body)};
  return ok();
}

int run_import(const Options& options) {
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file);
    if (!file) return fail("cannot read " + options.file);
  }
  std::istream& in = options.file == "-" ? std::cin : file;
  std::mutex mutex;
  std::size_t line_number = 0, errors = 0;
  std::atomic<std::size_t> done = 0;
  const auto work = [&] {
    ApiClient client(options.target.url, options.target.key);
    for (;;) {
      std::string line;
      std::size_t number = 0;
      {
        std::lock_guard lock(mutex);
        if (!std::getline(in, line)) return;
        number = ++line_number;
      }
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      if (auto imported = import_line(client, line)) {
        ++done;
      } else {
        std::lock_guard lock(mutex);
        if (++errors <= kShownErrors) fmt::print(stderr, "line {}: {}\n", number, imported.error().message);
      }
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < kWorkers; ++i) workers.emplace_back(work);
  for (auto& worker : workers) worker.join();
  fmt::print(stderr, "imported {} records, {} lines refused\n", done.load(), errors);
  return errors == 0 ? 0 : 1;
}

}  // namespace

void add_transfer(CLI::App& app, Run& run) {
  auto* exporting = app.add_subcommand("export", "print all leads and contacts, a line of JSON each");
  auto* importing =
      app.add_subcommand("import",
                         "create or update the records of a file of such lines; a lead is found "
                         "again by its phone, a contact by its id");
  auto options = std::make_shared<Options>();
  add_target(*exporting, options->target);
  add_target(*importing, options->target);
  importing->add_option("file", options->file, "the file; - or nothing for standard input");
  exporting->callback([options, &run] { run = [options] { return run_export(*options); }; });
  importing->callback([options, &run] { run = [options] { return run_import(*options); }; });
}

}  // namespace deltapost::app
