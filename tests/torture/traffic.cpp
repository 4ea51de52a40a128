#include "torture/traffic.hpp"

namespace deltapost::torture {
namespace {

constexpr std::uint32_t kLeadWriters = 16, kContactWriters = 6, kAptenSenders = 8, kIclosedSenders = 6;
/// Short enough that a blow nearly always falls between some write and its answer, and long enough for two
/// cores that also carry the server and the receivers.
constexpr std::uint64_t kLongestRestMs = 140;

}  // namespace

Traffic::Traffic(Scene& scene, std::uint64_t seed) : scene_(scene), random_(seed) {
  std::uint32_t number = 0;
  const auto add = [&](auto make, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) writers_.push_back(make(scene_, ++number, random_.next_u64()));
  };
  add(lead_writer, kLeadWriters);
  add(contact_writer, kContactWriters);
  add(apten_sender, kAptenSenders);
  add(iclosed_sender, kIclosedSenders);
}

void Traffic::start() {
  writing_ = writers_.size();
  scene_.wire.loop().post([this] {
    for (const auto& writer : writers_) rest(*writer);
  });
}

void Traffic::rest(Writer& writer) {
  if (finishing_) {
    --writing_;
    return;
  }
  const std::chrono::milliseconds pause{random_.below(kLongestRestMs)};
  scene_.wire.loop().after(pause, [this, &writer] {
    writer.write([this, &writer] {
      ++acknowledged_;
      rest(writer);
    });
  });
}

}  // namespace deltapost::torture
