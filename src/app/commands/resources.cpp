// deltapost lead, contact, endpoint, source, receipt, key, account: thin clients of the API. What they print
// is the answer.
#include <fmt/format.h>

#include "app/api_client.hpp"
#include "app/assignments.hpp"
#include "app/commands.hpp"
#include "app/config_flags.hpp"
#include "app/pretty.hpp"

namespace deltapost::app {
namespace {

struct Arguments {
  Target target;
  std::string id, other_id;
  std::vector<std::string> assignments;
  std::vector<std::string> parameters;
};

/// One verb of a resource: `deltapost lead update ID name=value …`.
struct Verb {
  const char* name;
  const char* help;
  const char* method;
  const char* path;  // {id} and {other} are replaced
  bool takes_body = false;
};

struct Resource {
  const char* name;
  const char* help;
  std::vector<Verb> verbs;
};

std::string fill(std::string path, const Arguments& arguments) {
  for (const auto& [mark, value] : {std::pair{"{id}", &arguments.id}, {"{other}", &arguments.other_id}})
    if (const auto at = path.find(mark); at != std::string::npos)
      path.replace(at, std::string_view(mark).size(), escaped(*value));
  char separator = '?';
  for (const std::string& parameter : arguments.parameters) {
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    path += separator + escaped(parameter.substr(0, equals)) + "=" +
            (equals < parameter.size() ? escaped(parameter.substr(equals + 1)) : "");
    separator = '&';
  }
  return path;
}

int run_verb(const Verb& verb, const Arguments& arguments) {
  auto body = parse_assignments(arguments.assignments);
  if (!body) return fail(body.error().message);
  if (const std::string missing = missing_key(arguments.target); !missing.empty()) return fail(missing);
  ApiClient client(arguments.target.url, arguments.target.key);
  const Json json(*std::move(body));
  auto answer = client.ask(verb.method, fill(verb.path, arguments), verb.takes_body ? &json : nullptr);
  if (!answer) return fail(answer.error().message);
  if (!answer->is_null()) fmt::print("{}\n", pretty(*answer));
  return 0;
}

const std::vector<Resource>& resources() {
  static const std::vector<Resource> all{
      {"lead",
       "create, read and change leads",
       {{"create", "create a lead: phone=+1… firstName=…", "POST", "/v1/leads/create", true},
        {"list", "list leads; updatedSince=…, limit=…", "GET", "/v1/leads"},
        {"get", "read a lead; at=… for how it was", "GET", "/v1/leads/{id}"},
        {"find", "find a lead: phone=+1…", "GET", "/v1/leads/lookup"},
        {"update", "change fields: additionalInfo.insuranceProvider=Aetna isHot:=true", "PATCH",
         "/v1/leads/{id}", true},
        {"tag", "replace the tags: tagIds:='[\"vip\"]'", "PUT", "/v1/leads/{id}/tags", true},
        {"delete", "delete a lead (it stays readable)", "DELETE", "/v1/leads/{id}"},
        {"changes", "its audit trail; order=desc for the newest first", "GET", "/v1/leads/{id}/changes"},
        {"timeline", "its changes and what sources said beside", "GET", "/v1/leads/{id}/timeline"}}},
      {"contact",
       "create, read and change contacts",
       {{"create", "create a contact: email=… status=QUALIFIED", "POST", "/v1/contacts", true},
        {"list", "list contacts; search=…, statuses=…", "GET", "/v1/contacts"},
        {"get", "read a contact; at=… for how it was", "GET", "/v1/contacts/{id}"},
        {"update", "change fields", "PATCH", "/v1/contacts/{id}", true},
        {"delete", "delete a contact", "DELETE", "/v1/contacts/{id}"},
        {"changes", "its audit trail", "GET", "/v1/contacts/{id}/changes"},
        {"timeline", "its changes and what sources said beside", "GET", "/v1/contacts/{id}/timeline"}}},
      {"endpoint",
       "where events go",
       {{"create", "create an endpoint: url=https://… format=apten", "POST", "/v1/endpoints", true},
        {"list", "list endpoints", "GET", "/v1/endpoints"},
        {"get", "read an endpoint and how it is doing", "GET", "/v1/endpoints/{id}"},
        {"update", "change settings; state=paused, state=active", "PATCH", "/v1/endpoints/{id}", true},
        {"delete", "delete an endpoint with its deliveries", "DELETE", "/v1/endpoints/{id}"},
        {"secret", "show the signing secret", "GET", "/v1/endpoints/{id}/secret"},
        {"rotate", "replace the signing secret", "POST", "/v1/endpoints/{id}/secret/rotate", true},
        {"test", "send a sample event; eventType=…", "POST", "/v1/endpoints/{id}/test", true},
        {"recover", "send what was missed: since=2026-05-13T00:00:00Z", "POST", "/v1/endpoints/{id}/recover",
         true},
        {"deliveries", "what it was sent; state=dead", "GET", "/v1/endpoints/{id}/deliveries"},
        {"delivery", "one delivery with its attempts", "GET", "/v1/endpoints/{id}/deliveries/{other}"},
        {"resend", "send one event again", "POST", "/v1/endpoints/{id}/deliveries/{other}/resend"}}},
      {"source",
       "where webhooks of others come in",
       {{"create", "create a source: format=apten verifier=apten", "POST", "/v1/sources", true},
        {"list", "list sources", "GET", "/v1/sources"},
        {"get", "read a source", "GET", "/v1/sources/{id}"},
        {"update", "change settings; state=paused, state=active", "PATCH", "/v1/sources/{id}", true},
        {"delete", "delete a source; its URL is gone, its receipts stay", "DELETE", "/v1/sources/{id}"},
        {"secret", "show its URL and secret", "GET", "/v1/sources/{id}/secret"},
        {"sample", "a signed request to paste", "GET", "/v1/sources/{id}/sample"},
        {"rotate-token", "give it another URL", "POST", "/v1/sources/{id}/token/rotate", true},
        {"rotate-secret", "replace the secret: secret=…", "POST", "/v1/sources/{id}/secret/rotate", true}}},
      {"receipt",
       "what sources got, and what became of it",
       {{"list", "list receipts; verdict=quarantined, source=…", "GET", "/v1/receipts"},
        {"get", "read a receipt, the record beside it", "GET", "/v1/receipts/{id}"},
        {"release", "process a quarantined one: as it came, or json:='{…}'", "POST",
         "/v1/receipts/{id}/release", true},
        {"drop", "set a quarantined one aside", "POST", "/v1/receipts/{id}/drop"}}},
      {"key",
       "API keys",
       {{"create", "create a key: name=… scopes:='[\"write\"]'", "POST", "/v1/keys", true},
        {"list", "list keys", "GET", "/v1/keys"},
        {"delete", "revoke a key", "DELETE", "/v1/keys/{id}"}}},
      {"account",
       "accounts",
       {{"show", "whose key this is", "GET", "/v1/account"},
        {"update", "change it: name=…, retention:='{\"receiptsDays\": 30}'", "PATCH", "/v1/account", true},
        {"create", "create an account: name=…", "POST", "/v1/accounts", true},
        {"list", "list accounts", "GET", "/v1/accounts"},
        {"audit", "who did what, the newest first; subject=ep_…", "GET", "/v1/audit"}}},
  };
  return all;
}

void add_verb(CLI::App& resource, const Verb& verb, Run& run) {
  auto* command = resource.add_subcommand(verb.name, verb.help);
  auto arguments = std::make_shared<Arguments>();
  const std::string_view path(verb.path);
  if (path.find("{id}") != path.npos) command->add_option("id", arguments->id, "the id")->required();
  if (path.find("{other}") != path.npos)
    command->add_option("delivery", arguments->other_id, "the delivery's id")->required();
  if (verb.takes_body)
    command->add_option("fields", arguments->assignments, "name=text or name:=json")->type_name("NAME=VALUE");
  else if (std::string_view(verb.method) == "GET")
    command->add_option("parameters", arguments->parameters, "query parameters")->type_name("NAME=VALUE");
  add_target(*command, arguments->target);
  command->callback([arguments, verb, &run] { run = [=] { return run_verb(verb, *arguments); }; });
}

}  // namespace

void add_resources(CLI::App& app, Run& run) {
  for (const Resource& resource : resources()) {
    auto* group = app.add_subcommand(resource.name, resource.help);
    for (const Verb& verb : resource.verbs) add_verb(*group, verb, run);
    expect_subcommand(*group);
  }
}

}  // namespace deltapost::app
