// Cursors of pages. One that was made is read as what it was made of, by its own account and listing alone;
// what a stranger makes up, or changes, is none.
#include "api/cursor.hpp"

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {

void cursor(std::string_view input) {
  const api::CursorSigner signer("a key of thirty-two bytes or more");
  const AccountId account{"acc_1"};
  DP_CHECK(!signer.decode(account, "leads", input, "nextToken"));
  const auto position = parse_json(input, {.max_bytes = 2048});
  if (!position) return;
  const std::string made = signer.encode(account, "leads", *position);
  const auto read = signer.decode(account, "leads", made, "nextToken");
  if (made.size() > 4096) return;  // positions of ours are short
  DP_CHECK(read && same_json(*read, *position));
  DP_CHECK(signer.encode(account, "leads", *read) == made);
  DP_CHECK(!signer.decode(AccountId{"acc_2"}, "leads", made, "nextToken"));
  DP_CHECK(!signer.decode(account, "contacts", made, "nextToken"));
  Choices choices(input);
  DP_CHECK(!signer.decode(account, "leads", with_one_changed(made, choices), "nextToken"));
  DP_CHECK(!signer.decode(account, "leads", made + "A", "nextToken"));
  DP_CHECK(!signer.decode(account, "leads", made.substr(0, made.size() - 1), "nextToken"));
}

}  // namespace deltapost::fuzz
