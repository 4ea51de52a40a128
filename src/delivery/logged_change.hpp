// LoggedChange: a log entry with what it means, worked out at first need and then shared by all its
// deliveries: parsed once, rendered once per format and options, put into a filter's shape once per event.
//
// One thread, the runner's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "delivery/document_reader.hpp"
#include "delivery/entry.hpp"
#include "format/format.hpp"
#include "store/store.hpp"

namespace deltapost::delivery {

class LoggedChange final : public Entry {
 public:
  /// `reader` outlives it. `erasures`: where LogTail::erasures stood before the row was read.
  LoggedChange(store::LogEntryPtr row, DocumentReader& reader, std::uint64_t erasures = 0);

  const store::LogEntry& row() const { return *row_; }
  std::uint64_t erasures() const { return erasures_; }

  /// What the change means, in the order of event indexes; nothing once it was redacted. Fault::corrupt when
  /// the entry cannot be read.
  const Result<std::vector<format::Event>>& events() const;
  /// The change's fields; empty when it cannot be read.
  const Diff& fields() const;

  /// The body of an event that the format can express. `first_sent_at` matters to apten alone.
  Result<std::shared_ptr<const format::Rendered>> render(std::uint32_t event_index, format::Format format,
                                                         const format::RenderOptions& options,
                                                         Time first_sent_at) const;
  /// What filters look at: the standard format's body.
  Result<const Json*> filter_data(std::uint32_t event_index) const;

 private:
  struct Body {
    std::uint32_t event_index;
    format::Format format;
    format::RenderOptions options;
    std::chrono::sys_seconds first_sent_at;
    std::shared_ptr<const format::Rendered> rendered;
  };
  struct FilterData {
    std::uint32_t event_index;
    Json data;
  };

  Result<const format::ChangeView*> view() const;

  const store::LogEntryPtr row_;
  DocumentReader& reader_;
  const std::uint64_t erasures_;
  mutable std::optional<Result<std::vector<format::Event>>> events_;
  mutable format::ChangeView view_;  // its change is there with events_; the document may come later
  mutable std::vector<Body> bodies_;
  mutable std::vector<std::unique_ptr<const FilterData>> filter_data_;
};

}  // namespace deltapost::delivery
