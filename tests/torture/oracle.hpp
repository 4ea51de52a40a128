// Oracle: remembers everything that the server acknowledged, and judges in the end what the store has of it.
// It works out by itself what each write had to change, and what the records must have become; of the
// product it uses nothing but the names of fields.
//
// One thread.
#pragma once

#include <map>
#include <string>

#include "torture/facts.hpp"
#include "torture/findings.hpp"

namespace deltapost::torture {

/// A change that was answered as durable.
struct Claim {
  RecordName record;
  Version version = 0;
  Fields fields{};
  bool whole = true;  // these fields and no others
};

class Oracle {
 public:
  /// Two claims of one version cannot both be true: the second is a finding.
  void acknowledged(Claim claim);
  /// A receipt that was answered as safe.
  void acknowledged(StoredReceipt receipt);
  /// A webhook was sent and not answered: it may have left a receipt that nobody knows.
  void unanswered_webhook() { ++unanswered_webhooks_; }
  /// An answer that cannot be right.
  void wrong(std::string what) { answers_.add(Broken::wrong, std::move(what)); }

  std::uint64_t writes() const { return writes_; }
  std::uint64_t receipts() const { return receipts_.size(); }

  /// Everything that was asked for has been answered by now.
  void judge(const Stored& stored, Findings& findings) const;

 private:
  using History = std::map<Version, Claim>;
  void judge_changes(const Stored& stored, Findings& findings) const;
  void judge_documents(const Stored& stored, Findings& findings) const;
  void judge_receipts(const Stored& stored, Findings& findings) const;

  std::map<RecordName, History> records_;
  std::map<std::string, StoredReceipt> receipts_;
  std::uint64_t writes_ = 0, unanswered_webhooks_ = 0;
  Findings answers_;
};

/// The document that claims come to, so far as they say anything.
JsonObject folded(const std::map<Version, Claim>& history);

}  // namespace deltapost::torture
