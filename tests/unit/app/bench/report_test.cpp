#include "app/bench/report.hpp"

#include <gtest/gtest.h>

#include <regex>

#include "app/bench/percentile.hpp"
#include "app/bench/picture.hpp"

namespace deltapost::app::bench {
namespace {

Figures good_figures() {
  Figures figures{.changes_per_s = 10'000,
                  .receipt_ms = {1, 20, 30},
                  .bytes_kept_per_change = 210,
                  .verdict = {.repeated = 3},
                  .changes = 40'000};
  figures.extras = {{"floor_changes_per_s", 40'000, "changes/s of the floor"},
                    {"floor_share", 0.25, "of it"}};
  figures.curve = {{0.5, 1}, {0.99, 20}, {0.999, 30}};
  return figures;
}

TEST(Percentile, IsTheNearestRank) {
  const std::vector<float> ten{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT_EQ(percentile(ten, 0.5), 5);
  EXPECT_EQ(percentile(ten, 0.9), 9);
  EXPECT_EQ(percentile(ten, 0.91), 10);
  EXPECT_EQ(percentile(ten, 0), 1);
  EXPECT_EQ(percentile(ten, 1), 10);
  EXPECT_EQ(percentile({}, 0.5), 0);
}

TEST(MedianBounds, LeaveOutAsManyAtEitherEndAsTheSignTestAllows) {
  std::vector<float> values;
  const auto bounds_of = [&](int count) {
    values.clear();
    for (int i = 1; i <= count; ++i) values.push_back(static_cast<float>(i));
    return median_bounds(values);
  };
  EXPECT_EQ(bounds_of(20), std::pair(6.0, 15.0));
  EXPECT_EQ(bounds_of(10), std::pair(2.0, 9.0));
  EXPECT_EQ(bounds_of(6), std::pair(1.0, 6.0));
  EXPECT_EQ(bounds_of(3), std::pair(1.0, 3.0)) << "too few to leave any out";
  EXPECT_EQ(bounds_of(0), std::pair(0.0, 0.0));
}

TEST(BenchReport, HoldsTheMainCaseAtItsTopAndAllCasesBelow) {
  const std::vector<CaseResult> results{{"contacts", {.changes_per_s = 7}, ""},
                                        {"leads", good_figures(), ""}};
  const JsonObject report = report_json(results, "leads");
  for (const auto& [key, value] :
       std::initializer_list<std::pair<const char*, double>>{{"changes_per_s", 10'000},
                                                             {"floor_changes_per_s", 40'000},
                                                             {"floor_share", 0.25},
                                                             {"p50_ms", 1},
                                                             {"p99_ms", 20},
                                                             {"lost", 0},
                                                             {"reordered", 0},
                                                             {"repeated", 3},
                                                             {"bytes_kept_per_change", 210}}) {
    ASSERT_TRUE(report.contains(key)) << key;
    EXPECT_EQ(report.at(key).to_number<double>(), value) << key;
  }
  EXPECT_EQ(report.at("cases").at("contacts").at("changes_per_s").to_number<double>(), 7);
  EXPECT_EQ(report.at("cases").at("leads").at("p99_ms").to_number<double>(), 20);
}

TEST(BenchReport, TellsNoSpeedOfARunThatLostSomething) {
  Figures figures = good_figures();
  figures.verdict.lost = 2;
  const CaseResult result{"leads", figures, why_void(figures)};
  ASSERT_NE(result.failure, "");
  EXPECT_NE(table_lines(result).find("VOID: 2 deliveries were lost"), std::string::npos);
  const JsonObject report = report_json(std::span(&result, 1), "leads");
  EXPECT_FALSE(report.contains("changes_per_s"));
  EXPECT_EQ(report.at("lost"), 2);
  EXPECT_TRUE(report.contains("failure"));
}

TEST(BenchReport, DoesNotTrustAFloorThatLostSomethingNorARunThatDidNothing) {
  Figures figures = good_figures();
  EXPECT_EQ(why_void(figures), "");
  figures.extras.push_back({"floor_lost", 1, ""});
  EXPECT_NE(why_void(figures), "");
  EXPECT_NE(why_void(Figures{}), "");
}

/// Every element is closed in its turn, attributes are quoted, and no bare & or < is in a text.
void expect_well_formed(const std::string& xml) {
  static const std::regex tag(R"(<(/?)([a-z]+)((?: [a-zA-Z0-9:-]+="[^"<&]*")*) ?(/?)>)");
  std::vector<std::string> open;
  std::string between;
  auto begin = xml.cbegin();
  for (std::sregex_iterator it(xml.begin(), xml.end(), tag), end; it != end; ++it) {
    between.append(begin, xml.cbegin() + it->position());
    begin = xml.cbegin() + it->position() + it->length();
    if ((*it)[1] == "/") {
      ASSERT_FALSE(open.empty());
      ASSERT_EQ(open.back(), (*it)[2]);
      open.pop_back();
    } else if ((*it)[4] != "/") {
      open.push_back((*it)[2]);
    }
  }
  EXPECT_TRUE(open.empty());
  between.append(begin, xml.cend());
  EXPECT_EQ(between.find_first_of("<>&"), std::string::npos) << between;
}

TEST(BenchPicture, IsWellFormedAndShowsOursBesideTheFloor) {
  const std::vector<CaseResult> results{{"leads", good_figures(), ""},
                                        {"idle", Figures{.changes_per_s = 50}, ""}};
  const std::string svg = picture(results);
  expect_well_formed(svg);
  EXPECT_NE(svg.find("leads: 25 % of the floor"), std::string::npos);
  EXPECT_NE(svg.find("<polyline"), std::string::npos);
  EXPECT_EQ(svg.find("idle"), std::string::npos);
}

TEST(BenchPicture, IsWellFormedWithNothingToShow) {
  expect_well_formed(picture({}));
}

}  // namespace
}  // namespace deltapost::app::bench
