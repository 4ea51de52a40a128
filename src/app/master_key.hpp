// The master key: what secrets are sealed with. From DELTAPOST_MASTER_KEY or from a file; never in the store.
#pragma once

#include <map>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/seal.hpp"

namespace deltapost::app {

struct MasterKey {
  Sealer sealer;
  std::string cursor_key;  // derived from it; signs cursors
};

/// `variable`: the value of DELTAPOST_MASTER_KEY (base64 of 32 bytes), empty when not set; it wins over the
/// file. A missing file is made, readable by its owner alone, when `may_create` (a new store); otherwise
/// Fault::not_found, because a new key could not open what the old one sealed. `random` must live as long as
/// the sealer.
Result<MasterKey> load_master_key(const std::string& variable, const std::string& file, bool may_create,
                                  Random& random);

}  // namespace deltapost::app
