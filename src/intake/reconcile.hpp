// reconcile: what a statement makes of a record. A statement's time decides, field by field, not its arrival,
// so that any order and any repetition of the same statements (of distinct times) ends in the same record.
//
//   full    a field that a newer statement (or a newer write of ours) has set stays; the others get the
//           statement's values. Missing fields stay, null clears.
//   delta   likewise; and where the sender's old value is not ours, we missed something: a gap is reported,
//   and
//           the new value applies.
//   Write-once fields keep what the oldest statement gave them; what a statement of somebody else (the API)
//   gave them stays for good. A statement of exactly the field's time applies, in order of arrival, and is
//   reported.
//
// Pure: no store, no clock.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "format/inbound.hpp"
#include "intake/clocks.hpp"
#include "record/record.hpp"

namespace deltapost::intake {

/// Something that a person might want to know.
struct Finding {
  enum class What {
    gap,         // a delta's old value is not ours
    outrun,      // something newer had set the field; it stayed
    equal_time,  // of the same time as what is there, with another value; applied
    write_once,  // another value for a field that is written once
    identity,    // the sender's phone is not the one of the record it names
  };
  What what;
  std::string field;    // dotted
  std::string message;  // a sentence
};

std::string_view to_string(Finding::What what);

struct Reconciled {
  JsonObject document;
  Clocks clocks;  // its version is still the old one
  std::vector<Finding> findings;
  bool late = false;    // older than another statement about the record
  bool outrun = false;  // something newer had set a field that it states otherwise
};

/// `before.version` 0: there is no such record yet; it is made, if the statement says enough (a lead needs a
/// phone). `stamp`: as of when its fields count; `told`: the moment that it tells, where that is another one.
/// Fault::invalid names the field whose value cannot be taken; nothing of the statement is then to be
/// applied.
Result<Reconciled> reconcile(const Record& before, Clocks clocks, const format::Statement& statement,
                             Stamp stamp, std::optional<Time> told = {});

}  // namespace deltapost::intake
