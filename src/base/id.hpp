// Strong identifiers: an AccountId is not an EndpointId, though both are text.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace deltapost {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string text_;
};

using AccountId = Id<struct AccountTag>;
using EndpointId = Id<struct EndpointTag>;

}  // namespace deltapost

template <class Tag>
struct std::hash<deltapost::Id<Tag>> {
  std::size_t operator()(const deltapost::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.text());
  }
};
