// Words that must not stand in the stores' SQL, because what they do holds on one node or one database only,
// or costs a lock that all writers share.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace deltapost::store {
namespace {

const std::regex& forbidden() {
  static const std::regex words(
      R"(\b(LISTEN|NOTIFY|pg_advisory\w*|pg_try_advisory\w*|nextval|SERIAL|BIGSERIAL|AUTOINCREMENT|ctid|xmin|OFFSET)\b)"
      R"(|\bCREATE\s+(TEMP\s+)?(TRIGGER|SEQUENCE)\b|\bGENERATED\s+\w+(\s+DEFAULT)?\s+AS\s+IDENTITY\b)"
      R"(|\bSKIP\s+LOCKED\b|\bLOCK\s+TABLE\b|"\s*COPY\b|\bCOPY\s+\w+\s+(FROM|TO)\b|\bSET\s+SESSION\b)",
      std::regex::icase);
  return words;
}

TEST(StoresSql, UsesNoForbiddenWord) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(DP_SOURCE_DIR "/src/store")) {
    if (!entry.is_regular_file()) continue;
    ++files;
    std::ifstream file(entry.path());
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
      EXPECT_FALSE(std::regex_search(line, forbidden())) << entry.path() << ":" << number << ": " << line;
    }
  }
  EXPECT_GT(files, 20);
}

TEST(StoresSql, WouldBeCaughtUsingOne) {
  for (const char* sql :
       {"LISTEN changes", "select ctid from log", "... LIMIT 10 OFFSET 20", "FOR UPDATE SKIP LOCKED",
        "SELECT pg_advisory_xact_lock(1)", "CREATE TRIGGER t", "LOCK TABLE log", "COPY log FROM STDIN",
        "id BIGSERIAL", "GENERATED ALWAYS AS IDENTITY", "SET SESSION x = 1", "WHERE xmin < 5"}) {
    EXPECT_TRUE(std::regex_search(sql, forbidden())) << sql;
  }
}

}  // namespace
}  // namespace deltapost::store
