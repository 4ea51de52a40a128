#include "record/path.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include "base/check.hpp"
#include "record/diff.hpp"

namespace deltapost {
namespace {

struct Split {
  FieldPath keys;
  bool ends_in_star = false;  // a bare one; an escaped one is an ordinary character
};

Error bad_escape(std::string_view text, std::string_view allowed) {
  return {Fault::invalid, "in the path \"" + std::string(text) +
                              "\" a backslash stands before something else than " + std::string(allowed) +
                              "; write a backslash of the key twice"};
}

// `escapable`: the characters that a backslash may stand before.
Result<Split> split(std::string_view text, std::string_view escapable, std::string_view allowed) {
  Split result;
  std::string key;
  bool bare_star = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      result.keys.push_back(std::move(key));
      key.clear();
      continue;
    }
    bare_star = text[i] == '*' && key.empty();
    if (text[i] == '\\') {
      if (++i == text.size() || escapable.find(text[i]) == std::string_view::npos) {
        return bad_escape(text, allowed);
      }
    }
    key += text[i];
  }
  result.ends_in_star = bare_star && key == "*";
  result.keys.push_back(std::move(key));
  return result;
}

void append_escaped(std::string& text, std::string_view key) {
  const auto is_special = [](char c) { return c == '.' || c == '\\'; };
  auto from = key.begin();
  for (auto special = std::find_if(from, key.end(), is_special); special != key.end();
       special = std::find_if(special + 1, key.end(), is_special)) {
    text.append(from, special);
    text += '\\';
    from = special;
  }
  text.append(from, key.end());
}

bool starts_with(const FieldPath& path, const FieldPath& prefix) {
  return path.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

const Json* at(const std::optional<Json>& value, std::span<const std::string> below) {
  const Json* found = value ? &*value : nullptr;
  for (const std::string& key : below) {
    if (found == nullptr || !found->is_object()) return nullptr;
    found = found->get_object().if_contains(key);
  }
  return found;
}

bool same(const Json* a, const Json* b) {
  return a == nullptr || b == nullptr ? a == b : same_json(*a, *b);
}

bool has_members(const Json* value) {
  return value != nullptr && value->is_object() && !value->get_object().empty();
}

}  // namespace

std::string dotted(const FieldPath& path) {
  DP_CHECK(!path.empty());
  std::string text;
  for (const std::string& key : path) {
    if (&key != path.data()) text += '.';
    append_escaped(text, key);
  }
  return text;
}

Result<FieldPath> parse_dotted(std::string_view text) {
  Result<Split> parts = split(text, ".\\", "a dot or a backslash");
  if (!parts) return std::move(parts).error();
  return std::move(parts->keys);
}

std::string pointer_token(std::string_view key) {
  std::string token;
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

Result<FieldPattern> FieldPattern::parse(std::string_view text) {
  Result<Split> parts = split(text, ".\\*", "a dot, an asterisk or a backslash");
  if (!parts) return std::move(parts).error();
  FieldPattern pattern;
  pattern.text_ = text;
  pattern.prefix_ = std::move(parts->keys);
  if (parts->ends_in_star) {
    pattern.below_only_ = true;
    pattern.prefix_.pop_back();
  }
  for (const std::string& key : pattern.prefix_) {
    if (key.empty()) {
      return Error{Fault::invalid, "\"" + std::string(text) +
                                       "\" names no field; write a dotted path such as additionalInfo.age, "
                                       "additionalInfo.* or *"};
    }
  }
  return pattern;
}

bool FieldPattern::touches(const FieldPath& changed) const {
  return starts_with(changed, prefix_) || starts_with(prefix_, changed);
}

bool FieldPattern::touches(const FieldChange& change) const {
  if (starts_with(change.path, prefix_) && change.path.size() > prefix_.size()) return true;
  if (!starts_with(prefix_, change.path)) return false;
  const std::span<const std::string> below = std::span(prefix_).subspan(change.path.size());
  const Json* before = at(change.old_value, below);
  const Json* after = at(change.new_value, below);
  if (same(before, after)) return false;
  return !below_only_ || has_members(before) || has_members(after);
}

}  // namespace deltapost
