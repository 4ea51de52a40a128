// Reception: what the items of one verified request do. Runs on the committing thread, against the state as
// it is at that moment, so of two copies that arrive at once one is first and the other a duplicate.
//
//   find the record -> our own, told back? -> seen before? -> reconcile -> diff -> rules -> unique values
//     -> record + change + clocks + seen row into the group
//
// Knows nothing of sockets and threads; its only clock is the draft's.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "format/inbound.hpp"
#include "intake/outcome.hpp"
#include "intake/source.hpp"
#include "store/draft.hpp"

namespace deltapost::intake {

/// How long a statement is known as seen. Longer than any sender retries.
inline constexpr std::chrono::hours kSeenKept{24 * 30};

struct Arrival {
  const Source& source;
  store::ReceiptNumber receipt = 0;
  Time received_at{};
  /// A person has looked at it: rules with a severity below reject are let pass.
  bool released = false;
  /// The id under which the request was signed (webhook-id), when that can be trusted; empty: none.
  std::string signed_id{};
  /// In a replay, what came of the items when they were received, as many as there are. What was judged then
  /// is not judged anew, and each is about the record that it was about.
  const std::vector<Decided>* replayed = nullptr;
};

/// What the items come to. When one is to be rejected, the outcome's verdict is that, nothing else of it
/// counts, and the caller must drop what was put into the draft. An error: the store cannot be read, or
/// refuses.
Result<Outcome> receive_items(store::Draft& draft, const Arrival& arrival,
                              const std::vector<format::Item>& items);

/// The records that the items are about without having changed them: where the receipt stands on a timeline.
std::vector<RecordKey> about(const Outcome& outcome);

}  // namespace deltapost::intake
