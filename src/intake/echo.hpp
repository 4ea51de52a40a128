// Echo: a change that comes back to where it has been. Two systems that tell each other everything would send
// it round for ever: at each hop it gets another version and event id, and the time that its record has
// there, which may be younger than the change itself.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "store/draft.hpp"

namespace deltapost::intake {

/// Whether a change that the account is told of was made in it, or came through one of its sources, before.
/// `actor`: who made it, as the sender says: the hops that it has made, the newest first, like
/// "source:src_b/source:src_c/key:k". The first is the sender's own: who made the change right there, or
/// which of his sources it came by; where it names one of ours, he is a copy of us, and no echo.
Result<bool> is_echo(store::Draft& draft, const AccountId& account, std::string_view actor);

}  // namespace deltapost::intake
