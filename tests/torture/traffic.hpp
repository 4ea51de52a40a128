// Traffic: the writers, each making its next write a little after it knows what became of the one before.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "torture/writer.hpp"

namespace deltapost::torture {

class Traffic {
 public:
  /// `scene` and its wire outlive the traffic; the wire's loop has stopped before the traffic goes.
  Traffic(Scene& scene, std::uint64_t seed);

  void start();
  /// No further writes. Those begun go on until they are answered.
  void finish() { finishing_ = true; }
  /// Nothing is under way any more.
  bool finished() const { return writing_ == 0; }
  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  void rest(Writer& writer);

  Scene& scene_;
  SeededRandom random_;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::atomic<bool> finishing_ = false;
  std::atomic<std::size_t> writing_ = 0;
  std::atomic<std::uint64_t> acknowledged_ = 0;
};

}  // namespace deltapost::torture
