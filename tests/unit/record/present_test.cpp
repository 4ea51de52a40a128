#include "record/present.hpp"

#include <gtest/gtest.h>

#include "support/random_document.hpp"

namespace deltapost {
namespace {

constexpr Time kUpdated{Millis{1'764'000'000'123}};

std::string presented(Kind kind, const JsonObject& document) {
  JsonWriter out(0);
  out.open_object();
  out.key("it");
  write_presented(out, kind, document, kUpdated, 7);
  out.key("after").null();
  out.close_object();
  return out.take();
}

std::string presented_from_text(Kind kind, const JsonObject& document) {
  JsonWriter out(0);
  out.open_object();
  out.key("it");
  write_presented(out, document_text(kind, document), kUpdated, 7);
  out.key("after").null();
  out.close_object();
  return out.take();
}

TEST(DocumentText, IsTheDocumentsText) {
  testing::RandomDocument random(1);
  for (int i = 0; i < 200; ++i) {
    const JsonObject document = random.object();
    EXPECT_EQ(document_text(Kind::lead, document).text, to_text(document));
  }
}

TEST(DocumentText, IsShownAsItsDocumentIs) {
  testing::RandomDocument random(2);
  for (const Kind kind : {Kind::lead, Kind::contact, Kind::endpoint}) {
    EXPECT_EQ(presented_from_text(kind, {}), presented(kind, {}));
    for (int i = 0; i < 200; ++i) {
      JsonObject document;
      for (const char* place : {"", "createdAt", "ipAddress"}) {
        // The same names deeper down are not the place.
        JsonObject around = random.object();
        for (const char* name : {"createdAt", "ipAddress"}) around[name] = "\"createdAt\":1";
        document.insert_or_assign("n" + std::to_string(document.size()), std::move(around));
        if (*place != '\0' && i % 3 != 0) document[place] = "2026-05-14T15:30:00.000Z";
      }
      EXPECT_EQ(presented_from_text(kind, document), presented(kind, document));
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST(DocumentText, PutsUpdatedAtBehindTheFieldThatItFollows) {
  const JsonObject lead{{"id", "l"}, {"createdAt", "c"}, {"tags", JsonArray{}}};
  EXPECT_EQ(
      presented_from_text(Kind::lead, lead),
      R"({"it":{"id":"l","createdAt":"c","updatedAt":"2025-11-24T16:00:00.123Z","tags":[],"version":7},)"
      R"("after":null})");
}

}  // namespace
}  // namespace deltapost
