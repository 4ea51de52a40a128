// Absent, null and a value, through the whole of reception: what a full object makes of a field that has no
// value, and of one that has.
#include "receiving_house.hpp"

namespace deltapost::intake {
namespace {

using testing::json;
using testing::kAccount;
using testing::kContacts;
using testing::kLeads;
using testing::ReceivingHouse;
using testing::with;

struct Case {
  const char* body;     // members beside the id
  const char* field;    // ours
  const char* of_none;  // what it is afterwards where there was none, as JSON
  const char* of_held;  // and where there was one
  bool changes_held = true;
};

class Values : public ::testing::Test {
 protected:
  Values() {
    house_.start();
    house_.source("leads", kLeads);
    house_.source("contacts", kContacts);
  }

  std::string field(const RecordKey& key, const char* name) {
    const JsonObject document = house_.record(key).document;
    const Json* value = document.if_contains(name);
    return value == nullptr ? "absent" : to_text(*value);
  }

  void check(const std::string& source, const RecordKey& empty, const RecordKey& full,
             std::string_view id_empty, std::string_view id_full, const Case& one) {
    for (const bool held : {false, true}) {
      house_.clock.advance(std::chrono::seconds{1});
      const RecordKey& key = held ? full : empty;
      const Version before = house_.record(key).version;
      const auto item = house_.item(source, with(held ? id_full : id_empty, one.body));
      EXPECT_EQ(field(key, one.field), held ? one.of_held : one.of_none) << one.body;
      if (!held) continue;
      EXPECT_EQ(item.verdict, one.changes_held ? Verdict::accepted : Verdict::no_change) << one.body;
      EXPECT_EQ(house_.record(key).version, before + (one.changes_held ? 1 : 0)) << one.body;
    }
  }

  ReceivingHouse house_;
};

TEST_F(Values, OfLeads) {
  for (const Case& one : std::initializer_list<Case>{
           {R"({})", "firstName", "null", R"("Ann")", false},
           {R"({"name": null})", "firstName", "null", "null"},
           {R"({"name": "Eve"})", "firstName", R"("Eve")", R"("Eve")"},
           {R"({"name": "Ann"})", "firstName", R"("Ann")", R"("Ann")", false},
           {R"({})", "email", "null", R"("ann@example.com")", false},
           {R"({"email": null})", "email", "null", "null"},
           {R"({})", "isHot", "false", "true", false},
           {R"({"hot": false})", "isHot", "false", "false"},
           {R"({})", "additionalInfo", "{}", R"({"state":"CA"})", false},
           {R"({"more": {}})", "additionalInfo", "{}", R"({"state":"CA"})", false},
           {R"({"more": {"state": null}})", "additionalInfo", "{}", "{}"},
           {R"({"more": {"state": "NV"}})", "additionalInfo", R"({"state":"NV"})", R"({"state":"NV"})"},
           {R"({"more": {"plan": "x"}})", "additionalInfo", R"({"plan":"x"})",
            R"({"state":"CA","plan":"x"})"},
           {R"({"more": null})", "additionalInfo", "{}", "{}"}}) {
    static int n = 0;
    const std::string number = std::to_string(1000 + n++);
    const RecordKey empty{kAccount, Kind::lead, "empty" + number},
        full{kAccount, Kind::lead, "full" + number};
    const std::string empty_id = R"({"id": ")" + empty.id + R"(", "phone": "+1555111)" + number + R"("})";
    const std::string full_id = R"({"id": ")" + full.id + R"(", "phone": "+1555222)" + number + R"("})";
    house_.item("leads", empty_id);
    house_.item("leads", with(full_id, R"({"name": "Ann", "email": "ann@example.com", "hot": true,
                                           "more": {"state": "CA"}})"));
    check("leads", empty, full, empty_id, full_id, one);
  }
}

TEST_F(Values, OfContacts) {
  for (const Case& one : std::initializer_list<Case>{
           {R"({})", "firstName", "null", R"("Ann")", false},
           {R"({"name": null})", "firstName", "null", "null"},
           {R"({"name": "Eve"})", "firstName", R"("Eve")", R"("Eve")"},
           {R"({})", "email", "null", R"("ann@example.com")", false},
           {R"({"email": null})", "email", "null", "null"},
           {R"({})", "phoneNumber", "null", R"("+15550001111")", false},
           {R"({"phone": null})", "phoneNumber", "null", "null"},
           {R"({})", "status", R"("POTENTIAL")", R"("QUALIFIED")", false},
           {R"({"status": "DISQUALIFIED"})", "status", R"("DISQUALIFIED")", R"("DISQUALIFIED")"}}) {
    static int n = 0;
    const std::uint64_t number = 100 + static_cast<std::uint64_t>(n++);
    const RecordKey empty{kAccount, Kind::contact, contact_key_id(number)};
    const RecordKey full{kAccount, Kind::contact, contact_key_id(number + 100)};
    const std::string empty_id = R"({"id": )" + std::to_string(number) + "}";
    const std::string full_id = R"({"id": )" + std::to_string(number + 100) + "}";
    house_.item("contacts", empty_id);
    house_.item("contacts", with(full_id, R"({"name": "Ann", "email": "ann@example.com",
                                              "phone": "+15550001111", "status": "QUALIFIED"})"));
    check("contacts", empty, full, empty_id, full_id, one);
  }
}

}  // namespace
}  // namespace deltapost::intake
