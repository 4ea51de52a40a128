// Sender: a writer that is somebody else's system: it posts signed webhooks to a source, each until it is
// answered, some of them again afterwards, and some late.
#pragma once

#include "torture/writer.hpp"

namespace deltapost::torture {

class Sender : public Writer {
 public:
  Sender(Scene& scene, std::uint32_t number, std::uint64_t seed, SourceAddress source)
      : Writer(scene, number, seed), source_(std::move(source)) {}

 protected:
  struct Webhook {
    std::string body;
    Fields fields{};  // that it changes; of a record's first webhook, so far as it states them
  };
  /// The first webhook about a record of its own, whose name and fields it puts into known_.
  virtual Webhook first(Time at) = 0;
  /// A newer one.
  virtual Webhook newer(Time at) = 0;
  /// One that has never been sent and is older than what is known: it changes nothing.
  virtual Webhook late(Time at) = 0;

  void begin() override;

 private:
  enum class Sort { first, newer, again, late };
  void post(Sort sort, Webhook webhook);
  void answered(Sort sort, const Webhook& webhook, const Answer& answer);
  Time tick();

  SourceAddress source_;
  Time last_{};
  std::string newest_body_;
  std::uint64_t left_ = 0;  // webhooks, before it turns to another record
};

}  // namespace deltapost::torture
