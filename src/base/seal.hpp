// Sealer: secrets at rest. AES-256-GCM with a fresh nonce each time; the sealed text names the key that
// sealed it, so that keys can be rotated, and is bound to its context (the owner's key), so that it cannot be
// moved to another row.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"

namespace deltapost {

/// Any thread may seal and open; `random` must then be shareable too.
class Sealer {
 public:
  /// `keys`: key id (1 to 32 letters, digits, - or _) -> 32 bytes. `active` seals; all of them open.
  /// Fault::invalid when the active key is missing or a key is not 32 bytes.
  static Result<Sealer> make(std::map<std::string, std::string> keys, std::string active, Random& random);

  std::string seal(std::string_view secret, std::string_view context) const;
  /// Fault::corrupt when it was altered or belongs to another context, Fault::not_found when its key is
  /// unknown.
  Result<std::string> open(std::string_view sealed, std::string_view context) const;

 private:
  Sealer(std::map<std::string, std::string> keys, std::string active, Random& random)
      : keys_(std::move(keys)), active_(std::move(active)), random_(&random) {}
  std::map<std::string, std::string> keys_;
  std::string active_;
  Random* random_;
};

}  // namespace deltapost
