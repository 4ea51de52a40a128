// What comes as an API key. The one key there is lets in; nothing else does, least of all that key with a
// character changed, added or left out.
#include "api/key.hpp"

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include "support/manual_clock.hpp"

namespace deltapost::fuzz {

void api_key(std::string_view input) {
  const testing::ManualClock clock;
  SeededRandom random(20260101);
  const api::NewKey key = api::make_key(random);
  const auto document = api::key_document({{"name", "fuzz"}, {"scopes", JsonArray{"read"}}}, key,
                                          api::Scope::system, clock.now());
  DP_CHECK(document);
  store::LogEntry entry;
  entry.key = {AccountId{"acc_1"}, Kind::api_key, key.id};
  entry.document = std::make_shared<const std::string>(to_text(*document));
  api::KeyRing ring(clock);
  ring.follow({entry});
  DP_CHECK(ring.authenticate(key.text));
  DP_CHECK(ring.authenticate(input).has_value() == (input == key.text));
  Choices choices(input);
  DP_CHECK(!ring.authenticate(with_one_changed(key.text, choices)));
  if (!input.empty()) DP_CHECK(!ring.authenticate(key.text + std::string(input)));
  DP_CHECK(!ring.authenticate(key.text.substr(0, choices.below(key.text.size()))));
  // Whoever may write keys writes documents of any kind.
  if (const auto wanted = parse_json_object(input)) {
    const auto made = api::key_document(*wanted, key, api::Scope::write, clock.now());
    if (!made) return DP_CHECK(!made.error().message.empty());
    for (const Json& scope : made->at("scopes").as_array()) {
      DP_CHECK(*api::parse_scope(scope.as_string()) <= api::Scope::write);
    }
  }
}

}  // namespace deltapost::fuzz
