#include "delivery/logged_change.hpp"

#include "store/chain.hpp"
#include "store/history.hpp"

namespace deltapost::delivery {

LoggedChange::LoggedChange(store::LogEntryPtr row, DocumentReader& reader, std::uint64_t erasures)
    : Entry(row->part, row->seq, row->version, row->at, std::make_shared<const RecordRef>(row->key)),
      row_(std::move(row)),
      reader_(reader),
      erasures_(erasures) {}

const Result<std::vector<format::Event>>& LoggedChange::events() const {
  if (events_) return *events_;
  if (store::is_redacted(row_->changes)) return events_.emplace(std::vector<format::Event>{});
  if (const auto& step = row_->step) {
    view_.change = {row_->key, row_->version, row_->at, row_->origin, step->changes};
    view_.after = {step, &step->after.document};
  } else {
    auto change = store::to_change(*row_);
    if (!change) return events_.emplace(change.error());
    view_.change = *std::move(change);
  }
  view_.updated_at = row_->updated_at;
  return events_.emplace(format::events_of(view_.change));
}

const Diff& LoggedChange::fields() const {
  static_cast<void>(events());
  return view_.change.fields;
}

Result<const format::ChangeView*> LoggedChange::view() const {
  if (!events()) return events().error();
  if (view_.after == nullptr) {
    auto document = reader_.document_after(*row_);
    if (!document) return document.error();
    view_.after = std::make_shared<const JsonObject>(*std::move(document));
  }
  return &view_;
}

Result<std::shared_ptr<const format::Rendered>> LoggedChange::render(std::uint32_t event_index,
                                                                     format::Format format,
                                                                     const format::RenderOptions& options,
                                                                     Time first_sent_at) const {
  const auto seconds = format == format::Format::apten
                           ? std::chrono::floor<std::chrono::seconds>(first_sent_at)
                           : std::chrono::sys_seconds{};
  for (const Body& body : bodies_) {
    if (body.event_index == event_index && body.format == format && body.first_sent_at == seconds &&
        body.options.bare_object == options.bare_object &&
        body.options.changes_only == options.changes_only) {
      return body.rendered;
    }
  }
  auto view = this->view();
  if (!view) return view.error();
  auto rendered = std::make_shared<const format::Rendered>(
      format::render(format, events()->at(event_index), **view, first_sent_at, options));
  bodies_.push_back({event_index, format, options, seconds, rendered});
  return rendered;
}

Result<const Json*> LoggedChange::filter_data(std::uint32_t event_index) const {
  for (const auto& known : filter_data_) {
    if (known->event_index == event_index) return &known->data;
  }
  auto rendered = render(event_index, format::Format::standard, {}, row_->at);
  if (!rendered) return rendered.error();
  auto data = parse_json((*rendered)->body, store::kStoredJsonLimits);
  if (!data) return data.error();
  filter_data_.push_back(std::make_unique<const FilterData>(FilterData{event_index, *std::move(data)}));
  return &filter_data_.back()->data;
}

}  // namespace deltapost::delivery
