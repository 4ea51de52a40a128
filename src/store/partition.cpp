#include <cstdint>

#include "base/check.hpp"
#include "store/store.hpp"

namespace deltapost::store {
namespace {

class Fnv1a {
 public:
  void add(std::string_view field) {
    for (unsigned shift = 0; shift < 32; shift += 8) add(static_cast<unsigned char>(field.size() >> shift));
    for (char c : field) add(static_cast<unsigned char>(c));
  }
  std::uint64_t value() const { return value_; }

 private:
  void add(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3ULL; }
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

}  // namespace

// Each field goes in as its length (four bytes, little-endian) and its bytes, the kind as one byte: stored
// data depends on it.
Part partition_of(const RecordKey& key, Part partitions) {
  DP_CHECK(partitions > 0);
  const char kind = static_cast<char>(key.kind);
  Fnv1a hash;
  hash.add(key.account.text());
  hash.add(std::string_view(&kind, 1));
  hash.add(key.id);
  return static_cast<Part>(hash.value() % partitions);
}

}  // namespace deltapost::store
