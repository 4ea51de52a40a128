// Seeding: many records put into a store's file without a server, so that a large store is made in seconds.
#pragma once

#include <string>

#include "base/result.hpp"
#include "record/record.hpp"

namespace deltapost::app::bench {

/// Makes records 0 to count-1 (samples.hpp) in the store's one account, which the server's first start made.
/// The server must not run.
Result<void> seed(const std::string& store_file, Kind kind, std::uint32_t count);

}  // namespace deltapost::app::bench
