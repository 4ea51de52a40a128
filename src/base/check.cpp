#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace deltapost {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "deltapost: broken invariant: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace deltapost
