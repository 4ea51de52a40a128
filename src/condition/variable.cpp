#include "condition/variable.hpp"

#include <charconv>
#include <utility>

#include "record/path.hpp"

namespace deltapost::condition {
namespace {

const Json* element(const JsonArray& array, std::string_view index) {
  std::size_t position = 0;
  const auto read = std::from_chars(index.data(), index.data() + index.size(), position);
  const bool whole = read.ec == std::errc() && read.ptr == index.data() + index.size();
  const bool plain = index.size() == 1 || !index.starts_with('0');
  return whole && plain ? array.if_contains(position) : nullptr;
}

}  // namespace

Result<VariablePath> VariablePath::parse(std::string_view text) {
  Result<FieldPath> keys = parse_dotted(text);
  if (!keys) return std::move(keys).error();
  VariablePath path;
  for (std::string& key : *keys) {
    if (!path.keys_.empty()) path.text_ += '.';
    const std::size_t begin = path.text_.size();
    path.text_ += dotted({key});
    path.keys_.push_back({std::move(key), begin, path.text_.size()});
  }
  return path;
}

const Json* VariablePath::find(const Json& data, Budget& budget, std::size_t from) const {
  if (from == keys_.size()) return &data;
  if (!budget.take_steps(1)) return nullptr;
  if (data.is_object()) return find_in_object(data.get_object(), budget, from);
  if (!data.is_array()) return nullptr;
  const Json* found = element(data.get_array(), keys_[from].plain);
  return found == nullptr ? nullptr : find(*found, budget, from + 1);
}

const Json* VariablePath::find_in_object(const JsonObject& object, Budget& budget, std::size_t from) const {
  const std::size_t begin = keys_[from].begin;
  for (std::size_t last = keys_.size(); last > from; --last) {
    const auto run = std::string_view(text_).substr(begin, keys_[last - 1].end - begin);
    const Json* member = object.if_contains(run);
    if (member == nullptr) continue;
    if (const Json* found = find(*member, budget, last)) return found;
  }
  // A key is written with backslashes among dotted paths, and without them elsewhere.
  const Json* member = object.if_contains(keys_[from].plain);
  return member == nullptr ? nullptr : find(*member, budget, from + 1);
}

}  // namespace deltapost::condition
