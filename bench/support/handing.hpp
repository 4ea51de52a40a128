// A log whose changes the delivery engine hands out to endpoints that take everything at once.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/random.hpp"
#include "delivery/endpoint_directory.hpp"
#include "delivery/engine.hpp"
#include "store/memory/memory_store.hpp"

namespace deltapost::bench {

/// Changes that are read from the log at once, each of another lead.
inline constexpr std::size_t kPage = 64;

/// An endpoint of the given format that wants all it can express, with a secret of its own.
delivery::Endpoint endpoint_of(std::size_t number, format::Format format);

class Handing {
 public:
  /// `set` makes of endpoint 0, 1, 2 … what is to be measured.
  explicit Handing(std::size_t endpoints,
                   const std::function<void(std::size_t number, delivery::Endpoint& endpoint)>& set = {});

  /// A page of the log: read, matched, each delivery begun and answered with 200, the progress taken. Gives
  /// the number of deliveries.
  std::size_t hand_out();

 private:
  void append();
  void give(const delivery::ReadLog& read);

  store::MemoryStore store_;
  SeededRandom random_{1};
  Sealer sealer_;
  delivery::DocumentReader documents_{store_};
  delivery::EndpointDirectory directory_{store_, sealer_};
  delivery::Engine engine_;
  std::vector<store::LogEntry> rows_;
  std::vector<delivery::EntryPtr> page_;
  store::Seq head_ = 0;
  delivery::Actions actions_;
};

}  // namespace deltapost::bench
