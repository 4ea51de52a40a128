// The receiver: one endpoint in a process of its own, which can be killed at any instant. It verifies, writes
// what came to its file, and only then answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "format/format.hpp"

namespace deltapost::torture {

struct ReceiverOptions {
  std::uint16_t port = 0;
  std::string secret_file;  // the endpoint's secret is in it before the first webhook can come
  std::string arrivals_file;
  format::Format format = format::Format::standard;
  std::chrono::microseconds takes{};  // with each webhook, one after the other, before it answers
};

/// The process: until SIGTERM.
int run_receiver(const ReceiverOptions& options);

}  // namespace deltapost::torture
