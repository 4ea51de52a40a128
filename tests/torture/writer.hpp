// Writers: each makes one write after another, on records that nobody else writes, so that it knows what each
// write must do. All on the wire's thread.
#pragma once

#include <memory>
#include <string>

#include "base/random.hpp"
#include "base/time.hpp"
#include "torture/known.hpp"
#include "torture/oracle.hpp"
#include "torture/wire.hpp"

namespace deltapost::torture {

/// Where signed webhooks go in.
struct SourceAddress {
  std::string token, secret;
};

/// What all writers share; outlives them.
struct Scene {
  Wire& wire;
  Oracle& oracle;
  std::string api_key;
  RecordName busy_lead;  // everybody writes it, each a field of his own
  SourceAddress apten, iclosed;
  SystemClock clock{};
};

class Writer {
 public:
  /// `number`: no other writer's.
  Writer(Scene& scene, std::uint32_t number, std::uint64_t seed)
      : scene_(scene), number_(number), random_(seed) {}
  virtual ~Writer() = default;

  /// One more write; `done` when it is known what became of it.
  void write(UniqueFunction<void()> done);

 protected:
  virtual void begin() = 0;
  void end();
  /// Says so, and leaves the record alone from now on.
  void wrong(const std::string& what);
  bool chance(std::uint64_t percent) { return random_.below(100) < percent; }
  std::uint64_t next_number() { return ++written_; }

  Scene& scene_;
  const std::uint32_t number_;
  SeededRandom random_;
  std::optional<Known> known_;

 private:
  UniqueFunction<void()> done_;
  std::uint64_t written_ = 0;
};

std::unique_ptr<Writer> lead_writer(Scene& scene, std::uint32_t number, std::uint64_t seed);
std::unique_ptr<Writer> contact_writer(Scene& scene, std::uint32_t number, std::uint64_t seed);
std::unique_ptr<Writer> apten_sender(Scene& scene, std::uint32_t number, std::uint64_t seed);
std::unique_ptr<Writer> iclosed_sender(Scene& scene, std::uint32_t number, std::uint64_t seed);

}  // namespace deltapost::torture
