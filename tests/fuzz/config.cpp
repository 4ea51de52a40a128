// deltapost.toml. What is loaded and printed is a file that gives the same.
#include "app/config.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/check.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {
namespace {

/// A file in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : descriptor_(memfd_create("config", MFD_CLOEXEC)) {
    DP_CHECK(descriptor_ >= 0);
    DP_CHECK(write(descriptor_, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace

void config(std::string_view input) {
  const MemoryFile file(input);
  const auto loaded = app::load_config({{}, {}, file.path()});
  if (!loaded) return DP_CHECK(!loaded.error().message.empty());
  const MemoryFile printed(app::print_config(loaded->origins));
  const auto again = app::load_config({{}, {}, printed.path()});
  DP_CHECK(again);
  for (const auto& [name, origin] : loaded->origins) DP_CHECK(again->origins.at(name).value == origin.value);
}

}  // namespace deltapost::fuzz
