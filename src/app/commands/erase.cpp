// deltapost erase: takes a person's values out of everything that is kept.
#include <fmt/format.h>

#include "app/api_client.hpp"
#include "app/commands.hpp"
#include "app/pretty.hpp"

namespace deltapost::app {
namespace {

struct Options {
  Target target;
  std::string kind, id;
};

int erase(const Options& options) {
  if (const std::string missing = missing_key(options.target); !missing.empty()) return fail(missing);
  ApiClient client(options.target.url, options.target.key);
  auto answer = client.ask("POST", fmt::format("/v1/{}s/{}/erase", options.kind, options.id));
  if (!answer) return fail(answer.error().message);
  fmt::print("{}\n", pretty(*answer));
  return 0;
}

}  // namespace

void add_erase(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("erase",
                                     "take a person's values out of record, changes, receipts and attempts; "
                                     "what happened when stays, and that something was there");
  auto options = std::make_shared<Options>();
  command->add_option("kind", options->kind, "lead or contact")
      ->required()
      ->check(CLI::IsMember({"lead", "contact"}));
  command->add_option("id", options->id, "its id")->required();
  add_target(*command, options->target);
  command->callback([options, &run] { run = [options] { return erase(*options); }; });
}

}  // namespace deltapost::app
