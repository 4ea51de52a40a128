// deltapost routes: every route of the API, a line each, as the server knows them.
#include <fmt/format.h>

#include "api/router.hpp"
#include "app/commands.hpp"

namespace deltapost::app {

void add_routes(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("routes", "print the routes of the API");
  command->callback([&run] {
    run = [] {
      for (const auto& route : api::all_routes())
        fmt::print("{} {} {}\n", route.method, route.pattern, api::to_string(route.scope));
      return 0;
    };
  });
}

}  // namespace deltapost::app
