// The limit on open file descriptors, of which each connection takes one.
#pragma once

#include <cstddef>

namespace deltapost::app {

/// Raises this process's limit as far as it may, for itself and the processes that it starts; gives what it
/// is then. Many systems begin with 1,024 and allow far more.
std::size_t raise_descriptor_limit();

}  // namespace deltapost::app
