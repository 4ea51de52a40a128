#include "intake/echo.hpp"

#include <array>
#include <utility>

namespace deltapost::intake {
namespace {

constexpr char kNext = '/';  // between hops

/// What a hop may name that belongs to an account.
constexpr std::array<std::pair<std::string_view, Kind>, 2> kPlaces{
    {{"source:", Kind::source}, {"key:", Kind::api_key}}};

Result<bool> is_ours(store::Draft& draft, const AccountId& account, std::string_view hop) {
  for (const auto& [place, kind] : kPlaces) {
    if (!hop.starts_with(place)) continue;
    auto found = draft.find({account, kind, std::string(hop.substr(place.size()))});
    if (!found) return found.error();
    return found->has_value();
  }
  return false;
}

}  // namespace

Result<bool> is_echo(store::Draft& draft, const AccountId& account, std::string_view actor) {
  for (std::size_t end = actor.find(kNext); end != actor.npos;) {
    actor.remove_prefix(end + 1);
    end = actor.find(kNext);
    auto ours = is_ours(draft, account, actor.substr(0, end));
    if (!ours || *ours) return ours;
  }
  return false;
}

}  // namespace deltapost::intake
