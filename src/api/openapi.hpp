// openapi.yaml, as it stood when the server was built.
#pragma once

#include <string_view>

namespace deltapost::api {

std::string_view openapi_yaml();

}  // namespace deltapost::api
