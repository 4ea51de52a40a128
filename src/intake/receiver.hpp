// Receiver: takes webhooks of others and answers them when they are safe. What can be judged without the
// store (signature, form, schemas) is judged on the request's thread; the rest on the committing thread, in
// the same group commit as every other write. The receipt and all that it did are one commit; only then comes
// the answer.
//
//   200  accepted, duplicate, stale, no_change, quarantined: it is safe, do not send it again
//   401  the signature is wrong       413  the body is too large
//   422  bad content, for a source that wants it refused; nothing of it was applied
//   404  no source has this token     429  the source's rate is used up
//   503  paused, or the committer cannot keep up: nothing was kept, send it again (Retry-After)
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "intake/outcome.hpp"
#include "intake/receipt_text.hpp"
#include "intake/source_directory.hpp"
#include "net/http.hpp"
#include "store/group_committer.hpp"

namespace deltapost::intake {

struct Acknowledgement {
  int status = 200;
  store::ReceiptNumber receipt = 0;  // 0: none was kept
  Outcome outcome{};
  std::optional<int> retry_after_s{};
};

/// What a receipt's line in the log holds.
struct ReceiptNote {
  const Source& source;
  const Acknowledgement& acknowledgement;
};

/// A person's decision about a quarantined receipt.
struct Release {
  AccountId account;
  store::ReceiptNumber receipt = 0;
  std::string actor;                  // "key:<id>"
  std::optional<std::string> body{};  // edited; nullopt: as it came
  bool json = false;                  // the edited body is JSON, whatever came before
};

class Receiver {
 public:
  /// A request that waited longer for the committer is refused: its sender may have given up.
  static constexpr Millis kMaxWait{2000};

  Receiver(store::Store& store, store::GroupCommitter& committer, SourceDirectory& sources,
           const Clock& clock)
      : store_(store), committer_(committer), sources_(sources), clock_(clock) {}

  /// Hears of every receipt after its commit, on the committing thread.
  void on_receipt(std::function<void(const ReceiptNote&)> hear) { on_receipt_ = std::move(hear); }

  using Done = UniqueFunction<void(Result<Acknowledgement>)>;

  /// Any thread. `too_large`: the body was not read to its end. An error: Fault::not_found (no such token),
  /// Fault::overloaded, Fault::unavailable. `done` is called once, at once or on the committing thread.
  void receive(std::string_view token, net::Request request, bool too_large, Done done);

  /// Processes a quarantined receipt again, as it came or edited; rules below `reject` let it pass. A new
  /// receipt tells what came of it, the old one names it. Fault::not_found, Fault::conflict (resolved
  /// already), or Fault::invalid with what is still wrong (nothing has changed then).
  void release(Release release, Done done);
  /// Sets a quarantined receipt aside for good.
  void drop(const AccountId& account, store::ReceiptNumber receipt, std::string actor,
            UniqueFunction<void(Result<void>)> done);

 private:
  struct Reception;
  void submit(std::shared_ptr<Reception> reception, store::Wait wait);
  void finish(const std::shared_ptr<Reception>& reception, const Result<void>& result);

  store::Store& store_;
  store::GroupCommitter& committer_;
  SourceDirectory& sources_;
  const Clock& clock_;
  std::function<void(const ReceiptNote&)> on_receipt_;
};

}  // namespace deltapost::intake
