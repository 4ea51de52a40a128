// Reads inbound bodies and shows what they state as short texts, for the tests of the inbound formats.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "format/inbound.hpp"

namespace deltapost::format {

/// `path=value`, `<-old` where a delta says what was there, `#n` for a question's number; nothing: absent.
inline std::string shown(const StatedField& field) {
  const auto side = [](const std::optional<Json>& value) { return value ? to_text(*value) : "nothing"; };
  std::string text = dotted(field.path) + "=" + side(field.value);
  if (field.has_old) text += "<-" + side(field.old);
  if (field.number != 0) text += "#" + std::to_string(field.number);
  return text;
}

inline std::vector<std::string> shown(const std::vector<StatedField>& fields) {
  std::vector<std::string> texts;
  for (const StatedField& field : fields) texts.push_back(shown(field));
  return texts;
}

inline std::string shown(const std::optional<Subject>& subject) {
  if (!subject) return "nobody";
  std::string text(to_string(subject->kind));
  for (const std::string* part : {&subject->id, &subject->phone, &subject->email}) {
    if (!part->empty()) text += " " + *part;
  }
  return text;
}

struct Reader {
  InboundFormat format;
  std::map<std::string, std::string> headers{};
  std::string mapping{};

  Mapping parsed_mapping() const {
    if (mapping.empty()) return {};
    auto parsed = parse_mapping(format, *parse_json(mapping), "mapping");
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed ? *parsed : Mapping{};
  }

  Result<std::vector<Item>> items(std::string_view body, const InboundLimits& limits = {}) const {
    const InboundRequest request{
        .body = body,
        .header = [this](std::string_view name) -> std::optional<std::string_view> {
          const auto found = headers.find(std::string(name));
          return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->second);
        },
        .received_at = *parse_iso("2026-05-14T15:30:05.250Z")};
    return parse_inbound(format, parsed_mapping(), request, limits);
  }

  /// Of a body with one item that is sound.
  Statement statement(std::string_view body) const {
    const auto read = items(body);
    EXPECT_TRUE(read) << body << "\n" << (read ? "" : read.error().message);
    if (!read) return {};
    EXPECT_EQ(read->size(), 1U) << body;
    const auto& statement = read->front().statement;
    EXPECT_TRUE(statement) << body << "\n" << (statement ? "" : statement.error().message);
    return statement ? *statement : Statement{};
  }

  std::vector<std::string> fields(std::string_view body) const { return shown(statement(body).fields); }

  /// Of the only item.
  Error item_error(std::string_view body) const {
    const auto read = items(body);
    EXPECT_TRUE(read) << body << "\n" << (read ? "" : read.error().message);
    if (!read || read->front().statement) {
      ADD_FAILURE() << "no error for " << body;
      return {};
    }
    return read->front().statement.error();
  }

  /// That the only item is refused for this member.
  void expect_refused(std::string_view body, std::string_view field, std::string_view why = "") const {
    const Error error = item_error(body);
    EXPECT_EQ(error.fault, Fault::invalid) << body;
    EXPECT_EQ(error.field, field) << body << "\n" << error.message;
    EXPECT_THAT(error.message, ::testing::HasSubstr(std::string(why))) << body;
  }

  /// That nothing of the body can be used.
  void expect_unusable(std::string_view body, std::string_view why, const InboundLimits& limits = {}) const {
    const auto read = items(body, limits);
    ASSERT_FALSE(read) << body;
    EXPECT_THAT(read.error().message, ::testing::HasSubstr(std::string(why))) << body;
  }
};

}  // namespace deltapost::format
