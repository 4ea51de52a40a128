// Whom a change asks: never fewer than those that want it, and not all the others.
#include "delivery/subscriptions.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "delivery/endpoint_directory.hpp"
#include "store/memory/memory_store.hpp"
#include "support/store_rows.hpp"

namespace deltapost::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Time kNow{Millis{1'764'000'000'000}};

Endpoint wanting(std::vector<std::string> events, std::vector<std::string> fields, const Json& filter = {}) {
  Endpoint endpoint;
  endpoint.id = EndpointId{"e"};
  endpoint.account = AccountId{"acc"};
  endpoint.events = std::move(events);
  for (const std::string& field : fields) endpoint.fields.push_back(*FieldPattern::parse(field));
  if (!filter.is_null()) endpoint.filter = *condition::Condition::parse(filter);
  return endpoint;
}

class SubscriptionsTest : public ::testing::Test {
 protected:
  /// The next change of a contact, as it comes from the log.
  LoggedChange change(const JsonObject& before, const JsonObject& after) {
    const Version version = ++version_;
    auto write = testing::change_to({AccountId{"acc"}, Kind::contact, contact_key_id(7)}, version, before,
                                    after, kNow + Millis{static_cast<Millis::rep>(version)});
    const auto receipt = testing::value_of(store_.commit(testing::batch_of({std::move(write)})));
    return LoggedChange(std::make_shared<const store::LogEntry>(receipt.entries.at(0)), documents_);
  }
  void put(EndpointHandle handle, Endpoint endpoint) {
    directory_.put(handle, std::make_shared<const Endpoint>(std::move(endpoint)));
  }
  std::vector<EndpointHandle> asked(const LoggedChange& change) {
    const auto some = directory_.narrow(change, {});
    return {some.begin(), some.end()};
  }

  SystemRandom random_;
  Sealer sealer_ = *Sealer::make({{"k1", std::string(32, 'k')}}, "k1", random_);
  store::MemoryStore store_;
  DocumentReader documents_{store_};
  EndpointDirectory directory_{store_, sealer_};
  Version version_ = 0;
};

TEST_F(SubscriptionsTest, WhoLooksAtOtherFieldsIsNotAsked) {
  put(0, wanting({}, {"status"}));
  put(1, wanting({}, {"country", "tracking.utm_source"}));
  put(2, wanting({}, {"tracking.*"}));
  put(3, wanting({}, {"*"}));
  put(4, wanting({}, {"tracking"}));
  const JsonObject before{{"status", "A"}, {"tracking", {{"utm_source", "x"}, {"utm_medium", "y"}}}};
  JsonObject after = before;
  after["tracking"].as_object()["utm_medium"] = "z";
  change({}, before);
  EXPECT_THAT(asked(change(before, after)), ElementsAre(2, 3, 4));
  JsonObject gone = after;
  gone["tracking"] = nullptr;
  EXPECT_THAT(asked(change(after, gone)), ElementsAre(1, 2, 3, 4));
}

TEST_F(SubscriptionsTest, WhoComparesAVariableWithAnotherTextIsNotAsked) {
  const auto is = [](const char* text) { return Json{{"==", {{{"var", "data.record.status"}}, text}}}; };
  put(0, wanting({}, {}, is("A")));
  put(1, wanting({}, {}, is("B")));
  put(2, wanting({}, {}, {{"and", {true, {{"===", {"B", {{"var", "data.record.status"}}}}}}}}));
  put(3, wanting({}, {}, {{"!=", {{{"var", "data.record.status"}}, "B"}}}));
  put(4, wanting({"contactDeleted"}, {}, is("B")));
  change({}, {{"status", "A"}});
  EXPECT_THAT(asked(change({{"status", "A"}}, {{"status", "B"}})), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(asked(change({{"status", "B"}}, {{"status", "C"}})), ElementsAre(3));
  EXPECT_THAT(asked(change({{"status", "C"}}, {{"status", 7}})), ElementsAre(0, 1, 2, 3, 4)) << "no text";
}

TEST_F(SubscriptionsTest, AnEndpointThatIsSetAnewOrRemovedLeavesNothingBehind) {
  const std::vector<Endpoint> settings{wanting({}, {}), wanting({}, {"status", "status", "a.b.*"}),
                                       wanting({}, {}, {{"==", {{{"var", "data.id"}}, "7"}}})};
  for (const Endpoint& first : settings)
    for (const Endpoint& second : settings) {
      put(0, first);
      put(0, second);
      directory_.remove(0);
    }
  change({}, {{"status", "A"}});
  EXPECT_THAT(asked(change({{"status", "A"}}, {{"status", "B"}})), IsEmpty());
}

/// Endpoints and changes at random, from few words, so that they meet often.
class AtRandom {
 public:
  explicit AtRandom(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) { return random_() % count; }
  template <typename T>
  const T& one_of(const std::vector<T>& some) {
    return some[below(some.size())];
  }

  Endpoint endpoint() {
    static const std::vector<std::string> kFields{"*",   "status", "status.*", "a",     "a.*",
                                                  "a.x", "a.x.*",  "a.x.y",    "a.b.c", "nothing"};
    static const std::vector<std::string> kEvents{"contactUpdated", "newContactCreated", "contactDeleted"};
    static const std::vector<Json> kFilters = filters();
    std::vector<std::string> events, fields;
    for (std::size_t n = below(3); n > 0; --n) events.push_back(one_of(kEvents));
    if (below(2) == 0)
      for (std::size_t n = below(4); n > 0; --n) fields.push_back(one_of(kFields));
    Endpoint endpoint = wanting(events, fields, below(2) == 0 ? one_of(kFilters) : Json());
    endpoint.format = below(5) == 0 ? format::Format::apten : format::Format::standard;
    return endpoint;
  }

  JsonObject document() {
    JsonObject document;
    if (below(4) > 0) document["status"] = value();
    if (below(4) == 0) document["a"] = value();
    if (below(2) == 0) document["a"] = JsonObject{{"x", value()}, {"z", value()}};
    if (below(4) == 0) document["a"] = JsonObject{{"x", {{"y", value()}}}, {"b", {{"c", value()}}}};
    return document;
  }

 private:
  Json value() {
    static const std::vector<Json> kValues{"A", "B", "", "1", 1, true, nullptr, JsonArray{"A"}, JsonArray{}};
    return one_of(kValues);
  }
  static std::vector<Json> filters() {
    const Json status{{"var", "data.record.status"}}, deep{{"var", "data.record.a.x"}};
    return {{{"==", {status, "A"}}},
            {{"==", {"1", status}}},
            {{"===", {deep, "A"}}},
            {{"==", {status, 1}}},
            {{"==", {status, ""}}},
            {{"!=", {status, "A"}}},
            {{"and", {{{"!=", {deep, "A"}}}, {{"==", {status, "B"}}}}}},
            {{"or", {{{"==", {status, "A"}}}, {{"==", {deep, "B"}}}}}},
            {{"!", {{{"==", {status, "A"}}}}}},
            {{"in", {status, JsonArray{"A", "B"}}}}};
  }

  std::mt19937 random_;
};

TEST_F(SubscriptionsTest, NobodyWhoWantsAChangeIsPassedOver) {
  constexpr EndpointHandle kEndpoints = 60;
  AtRandom some(20'261'130);
  std::vector<std::uint32_t> events;
  std::size_t wanted = 0, passed_over = 0;
  std::set<EndpointHandle> present;
  JsonObject before;
  for (int step = 0; step < 1'000; ++step) {
    for (int edits = 0; edits < 3; ++edits) {
      const auto handle = static_cast<EndpointHandle>(some.below(kEndpoints));
      if (some.below(5) > 0) {
        put(handle, some.endpoint());
        present.insert(handle);
      } else if (present.erase(handle) > 0) {
        directory_.remove(handle);
      }
    }
    const JsonObject after = some.document();
    const LoggedChange logged = change(before, after);
    before = after;
    const auto found = asked(logged);
    for (EndpointHandle handle = 0; handle < kEndpoints; ++handle) {
      const bool is_asked = std::ranges::binary_search(found, handle);
      if (present.count(handle) == 0) {
        ASSERT_FALSE(is_asked) << "a removed endpoint";
        continue;
      }
      directory_.match(handle, logged, events);
      ASSERT_TRUE(is_asked || events.empty()) << "step " << step << ", endpoint " << handle;
      if (!events.empty()) ++wanted;
      if (!is_asked) ++passed_over;
    }
  }
  EXPECT_GT(wanted, 1'000U);
  EXPECT_GT(passed_over, 5'000U);
}

}  // namespace
}  // namespace deltapost::delivery
