// DP_CHECK: an assertion about our own code that stays on in release builds. Never for input.
#pragma once

namespace deltapost {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace deltapost

#define DP_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::deltapost::check_failed(#expression, __FILE__, __LINE__))
