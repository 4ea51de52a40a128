#include "fuzz/fed.hpp"

#include <algorithm>
#include <cstring>

#include "net/buffer.hpp"

namespace deltapost::fuzz {
namespace {

constexpr std::size_t kLongestPiece = 40;

}  // namespace

void feed(std::string_view bytes, const Feeding& feeding, Choices* choices) {
  net::Buffer buffer(feeding.capacity);
  while (!bytes.empty()) {
    char* const room = buffer.room();
    if (buffer.room_size() == 0) return feeding.stuck();
    const std::size_t wanted = choices ? 1 + choices->below(kLongestPiece) : bytes.size();
    const std::size_t size = std::min({wanted, bytes.size(), buffer.room_size()});
    std::memcpy(room, bytes.data(), size);
    buffer.add(size);
    bytes.remove_prefix(size);
    for (std::size_t used = 1; used > 0 && !buffer.empty();) {
      used = 0;
      const bool more = feeding.take(buffer.unread(), used);
      buffer.consume(used);
      if (!more) return;
    }
  }
}

}  // namespace deltapost::fuzz
