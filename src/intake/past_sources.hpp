// PastSources: sources as they were when their receipts were processed. Their format and mapping may have
// changed since.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "base/result.hpp"
#include "intake/source.hpp"
#include "store/store.hpp"

namespace deltapost::intake {

/// Keeps what it was asked for; the store outlives it. One thread.
class PastSources {
 public:
  explicit PastSources(store::Store& store) : store_(store) {}

  /// Without secrets: signatures were judged when the receipt came, none is needed to read it again.
  /// Fault::corrupt when there never was such a source.
  Result<std::shared_ptr<const Source>> at(const store::Receipt& receipt);

 private:
  Result<std::optional<Record>> record_at(const store::Receipt& receipt, const RecordKey& key);
  Result<Time> processed_at(const store::Receipt& receipt);

  store::Store& store_;
  std::map<std::pair<RecordKey, Version>, std::shared_ptr<const Source>> known_;
};

}  // namespace deltapost::intake
