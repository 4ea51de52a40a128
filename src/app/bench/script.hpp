// Scripts: what a load consists of. A script writes its requests into a message that was made once: only
// digits change, each at its place, so that sending costs next to nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/bench/http_message.hpp"

namespace deltapost::app::bench {

class Script {
 public:
  explicit Script(std::uint32_t records) : steps_(records, 1) {}
  virtual ~Script() = default;

  std::uint32_t records() const { return static_cast<std::uint32_t>(steps_.size()); }

  /// A message to be filled in; each connection has one.
  virtual std::string blank() const = 0;
  /// Makes it the record's next change. Steps count from 2, as versions do: a record begins as step 1.
  std::uint32_t fill(std::string& message, std::uint32_t record) {
    const std::uint32_t step = ++steps_[record];
    write(message, record, step);
    return step;
  }
  /// The version that an answer acknowledges; 0: it tells none.
  virtual std::uint64_t version(const Message& answer, std::uint32_t step) const {
    (void)step;
    return answer.version;
  }

 protected:
  virtual void write(std::string& message, std::uint32_t record, std::uint32_t step) = 0;

 private:
  std::vector<std::uint32_t> steps_;
};

}  // namespace deltapost::app::bench
