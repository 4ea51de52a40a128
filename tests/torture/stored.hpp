// Reads over the API everything that the oracle is to judge.
#pragma once

#include "app/api_client.hpp"
#include "base/result.hpp"
#include "torture/facts.hpp"

namespace deltapost::torture {

Result<Stored> read_stored(app::ApiClient& api);

}  // namespace deltapost::torture
