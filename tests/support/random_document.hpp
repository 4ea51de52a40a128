// Random JSON documents for property tests: small alphabets, so that two documents often share keys and
// values, and every kind of trap (empty keys, dots, backslashes, unicode, 1 beside 1.0, integers beyond a
// double).
#pragma once

#include <limits>
#include <random>
#include <string>

#include "record/json.hpp"

namespace deltapost::testing {

class RandomDocument {
 public:
  explicit RandomDocument(std::uint64_t seed) : engine_(seed) {}

  JsonObject object(int depth = 4) {
    JsonObject made;
    for (int members = below(6); members > 0; --members) made.insert_or_assign(key(), value(depth - 1));
    return made;
  }

  /// Like `from`, but some members are gone, changed or new, at any depth.
  JsonObject altered(const JsonObject& from, int depth = 4) {
    JsonObject made;
    for (const auto& member : from) {
      const int fate = below(6);
      if (fate == 0) continue;
      if (member.value().is_object() && fate < 4) {
        made.emplace(member.key(), altered(member.value().get_object(), depth - 1));
      } else {
        made.emplace(member.key(), fate == 1 ? value(depth - 1) : member.value());
      }
    }
    for (int added = below(3); added > 0; --added) made.insert_or_assign(key(), value(depth - 1));
    return made;
  }

  Json value(int depth) {
    switch (below(depth > 0 ? 10 : 6)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
      case 3:
        return number();
      case 4:
      case 5:
        return Json(text());
      case 6:
        return array(depth - 1);
      default:
        return object(depth);
    }
  }

  int below(int bound) { return std::uniform_int_distribution(0, bound - 1)(engine_); }

 private:
  std::string key() {
    static const char* const kKeys[] = {"a",  "b",   "c",    "",    ".",         "a.b",
                                        "\\", "a\\", "\\.b", "é.ü", "\"quote\"", "\xF0\x9F\x98\x80",
                                        "*",  "0",   "\n"};
    return kKeys[below(std::size(kKeys))];
  }
  std::string text() {
    static const char* const kTexts[] = {"",  "x",   "Zürich", "line\nbreak", "\\\"", "\xF0\x9F\x8E\x89",
                                         "1", "null"};
    return kTexts[below(std::size(kTexts))];
  }
  Json number() {
    switch (below(12)) {
      case 0:
        return 1;
      case 1:
        return 1.0;
      case 2:
        return 1U;
      case 3:
        return 0.1;
      case 4:
        return 1.5e300;
      case 5:
        return (std::uint64_t{1} << 53) + 1;
      case 6:
        return 9007199254740992.0;
      case 7:
        return std::numeric_limits<std::uint64_t>::max();
      case 8:
        return std::numeric_limits<std::int64_t>::min();
      case 9:
        return -0x1p63;
      case 10:
        return -0.0;
      default:
        return std::bit_cast<double>(engine_() & 0xBFEFFFFFFFFFFFFF);
    }
  }
  JsonArray array(int depth) {
    JsonArray made;
    for (int elements = below(4); elements > 0; --elements) made.push_back(value(depth));
    return made;
  }

  std::mt19937_64 engine_;
};

/// The properties are tried with these seeds, and a failure names its own.
inline constexpr std::uint64_t kSeeds = 3000;

}  // namespace deltapost::testing
