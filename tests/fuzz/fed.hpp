// Bytes as a connection hands them to a reader: a full buffer at a time, or in pieces cut anywhere.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "fuzz/input.hpp"

namespace deltapost::fuzz {

struct Feeding {
  std::size_t capacity = 0;  // of the connection's buffer
  /// Takes what it can of the unread bytes and tells how much. False: it wants no more.
  std::function<bool(std::string_view unread, std::size_t& used)> take;
  /// The buffer is full and nothing of it was taken.
  std::function<void()> stuck;
};

/// As the loops of the connections do: read, feed, consume. `choices`: where to cut; nullptr: nowhere.
void feed(std::string_view bytes, const Feeding& feeding, Choices* choices);

}  // namespace deltapost::fuzz
