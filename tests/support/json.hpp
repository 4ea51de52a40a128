// JSON objects for tests, written as text.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "record/json.hpp"

namespace deltapost::testing {

/// The object that the text holds; the test fails when it holds none.
inline JsonObject json(std::string_view text) {
  auto parsed = parse_json_object(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *std::move(parsed) : JsonObject{};
}

}  // namespace deltapost::testing
