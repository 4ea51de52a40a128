// The client's limits that no option changes.
#pragma once

#include <cstddef>

namespace deltapost::net {

/// An answer's status line and headers.
inline constexpr std::size_t kMaxAnswerHeader = 16 * 1024;

/// Of an answer's body beyond what is kept: read and dropped, so that the connection can be kept. Beyond
/// this, the connection is closed instead.
inline constexpr std::size_t kMaxDroppedBody = 1 << 20;

/// Requests that wait for a connection; beyond it they fail at once.
inline constexpr std::size_t kMaxWaitingRequests = 64 * 1024;

}  // namespace deltapost::net
