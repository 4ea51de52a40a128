// Samples: the records that a run is about, and the requests that change them. Everything has the same length
// from record to record and from step to step.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/bench/script.hpp"
#include "base/result.hpp"
#include "record/record.hpp"

namespace deltapost::app::bench {

/// Record 0, 1, 2 … of a kind: its key's id, as the wire shows it.
std::string sample_id(Kind kind, std::uint32_t record);
/// The text of a webhook behind which a record's number stands.
std::string id_mark(Kind kind);
/// What a client would send to make it: a lead of about 200 bytes, a contact of about 1.4 kB.
JsonObject sample_input(Kind kind, std::uint32_t record);

/// Changes one field of each record in turn through the API.
std::unique_ptr<Script> api_updates(Kind kind, std::uint32_t records, const std::string& key);
/// The webhooks that come of these, as if they had been sent already: for the floor and the bare client.
std::unique_ptr<Script> ready_webhooks(Kind kind, std::uint32_t records);

/// Where signed webhooks go in.
struct SourceAddress {
  std::string token, secret;
};
/// The same changes as signed webhooks to a source: for leads what changed (apten), for contacts the whole
/// contact (iclosed).
std::unique_ptr<Script> source_webhooks(Kind kind, std::uint32_t records, const SourceAddress& source);

}  // namespace deltapost::app::bench
