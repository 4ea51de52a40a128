#include "delivery/subscriptions.hpp"

#include <algorithm>

namespace deltapost::delivery {
namespace {

constexpr std::string_view kEndpointDisabled = "endpoint.disabled";

void append(const Subscriptions::Handles& some, Subscriptions::Handles& found) {
  found.insert(found.end(), some.begin(), some.end());
}

template <typename Function>
void for_each_type(const Endpoint& endpoint, Function function) {
  for (const std::string_view type : format::event_types())
    if (wants_type(endpoint, type)) function(std::string(type));
}

}  // namespace

bool wants_type(const Endpoint& endpoint, std::string_view event_type) {
  if (!format::can_express(endpoint.format, event_type)) return false;
  if (endpoint.events.empty()) return event_type != kEndpointDisabled;
  return std::find(endpoint.events.begin(), endpoint.events.end(), event_type) != endpoint.events.end();
}

// ---- places

void Subscriptions::Place::add(const FieldPath& path, std::size_t depth, EndpointHandle handle) {
  if (depth == path.size()) {
    here.push_back(handle);
    return;
  }
  auto& next = below[path[depth]];
  if (next == nullptr) next = std::make_unique<Place>();
  next->add(path, depth + 1, handle);
}

void Subscriptions::Place::remove(const FieldPath& path, std::size_t depth, EndpointHandle handle) {
  if (depth == path.size()) {
    std::erase(here, handle);
    return;
  }
  const auto next = below.find(path[depth]);
  if (next == below.end()) return;  // a pattern that the endpoint states twice
  next->second->remove(path, depth + 1, handle);
  if (next->second->empty()) below.erase(next);
}

void Subscriptions::Place::collect_all(Handles& found) const {
  append(here, found);
  for (const auto& [key, place] : below) place->collect_all(found);
}

// ---- endpoints

void Subscriptions::add(EndpointHandle handle, const Endpoint& endpoint) {
  if (!endpoint.fields.empty()) {
    for (const FieldPattern& pattern : endpoint.fields) fields_.add(pattern.prefix(), 0, handle);
    return;
  }
  const auto needed = endpoint.filter ? endpoint.filter->needed() : std::nullopt;
  if (!needed)
    return for_each_type(endpoint, [&](const std::string& type) { by_type_[type].push_back(handle); });
  auto place = comparisons_.find(needed->path);
  if (place == comparisons_.end())
    place = comparisons_.emplace(needed->path, Comparison{needed->variable, {}}).first;
  place->second.by_text[needed->text].push_back(handle);
  for_each_type(endpoint, [&](const std::string& type) { ++compared_types_[type]; });
}

void Subscriptions::remove(EndpointHandle handle, const Endpoint& endpoint) {
  if (!endpoint.fields.empty()) {
    for (const FieldPattern& pattern : endpoint.fields) fields_.remove(pattern.prefix(), 0, handle);
    return;
  }
  const auto needed = endpoint.filter ? endpoint.filter->needed() : std::nullopt;
  if (!needed)
    return for_each_type(endpoint, [&](const std::string& type) { std::erase(by_type_[type], handle); });
  const auto place = comparisons_.find(needed->path);
  auto& by_text = place->second.by_text;
  const auto same_text = by_text.find(needed->text);
  std::erase(same_text->second, handle);
  if (same_text->second.empty()) by_text.erase(same_text);
  if (by_text.empty()) comparisons_.erase(place);
  for_each_type(endpoint, [&](const std::string& type) { --compared_types_[type]; });
}

// ---- changes

void Subscriptions::collect(const LoggedChange& change, Handles& found) const {
  const auto& events = *change.events();
  if (!fields_.empty()) collect_by_fields(change.fields(), found);
  for (std::uint32_t index = 0; index < events.size(); ++index) {
    if (const auto wanting = by_type_.find(events[index].type); wanting != by_type_.end())
      append(wanting->second, found);
    if (const auto compared = compared_types_.find(events[index].type);
        compared != compared_types_.end() && compared->second > 0)
      collect_by_filter(change, index, found);
  }
}

/// Who looks at a place above a change is touched by it, and so is who looks at one below.
void Subscriptions::collect_by_fields(const Diff& changed, Handles& found) const {
  append(fields_.here, found);
  for (const FieldChange& field : changed) {
    const Place* place = &fields_;
    for (const std::string& key : field.path) {
      const auto next = place->below.find(key);
      place = next == place->below.end() ? nullptr : next->second.get();
      if (place == nullptr) break;
      append(place->here, found);
    }
    if (place == nullptr) continue;
    for (const auto& [key, below] : place->below) below->collect_all(found);
  }
}

void Subscriptions::collect_by_filter(const LoggedChange& change, std::uint32_t event_index,
                                      Handles& found) const {
  const auto data = change.filter_data(event_index);
  for (const auto& [path, comparison] : comparisons_) {
    const Json value = data ? comparison.variable.evaluate(**data) : Json();
    if (value.is_string()) {
      const auto same = comparison.by_text.find(std::string(value.get_string()));
      if (same != comparison.by_text.end()) append(same->second, found);
    } else {
      // What is no text may be loosely equal to one; and each counts that the data could not be read.
      for (const auto& [text, handles] : comparison.by_text) append(handles, found);
    }
  }
}

}  // namespace deltapost::delivery
