// What a chunked body's bytes are taken for.
#include "net/chunked_body.hpp"

#include <gmock/gmock.h>

namespace deltapost::net {
namespace {

using State = ChunkedBody::State;

constexpr std::size_t kMaxOverhead = 40;

struct Outcome {
  State state = State::reading;
  std::string data{};
  std::size_t used = 0;
  bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << "state " << static_cast<int>(outcome.state) << ", \"" << outcome.data << "\", used "
       << outcome.used;
}

Outcome read_in_steps_of(std::size_t step, std::string_view bytes) {
  ChunkedBody body(kMaxOverhead);
  Outcome outcome;
  while (outcome.used < bytes.size() && body.state() == State::reading) {
    const auto part = body.take(bytes.substr(outcome.used, step));
    outcome.data += part.data;
    outcome.used += part.used;
  }
  outcome.state = body.state();
  return outcome;
}

/// The same in pieces of any size.
Outcome read(std::string_view bytes) {
  const Outcome whole = read_in_steps_of(bytes.size(), bytes);
  for (std::size_t step = 1; step < bytes.size(); ++step) {
    const Outcome cut = read_in_steps_of(step, bytes);
    EXPECT_EQ(cut.state, whole.state) << bytes << " in steps of " << step;
    EXPECT_EQ(cut.data, whole.data) << bytes << " in steps of " << step;
    if (whole.state == State::complete) {
      EXPECT_EQ(cut.used, whole.used) << bytes << " in steps of " << step;
    }
  }
  return whole;
}

TEST(ChunkedBody, GivesTheDataAndLeavesWhatFollows) {
  EXPECT_EQ(read("4\r\nWiki\r\n00A;x\r\n0123456789\r\n0\r\n\r\nGET /"),
            (Outcome{State::complete, "Wiki0123456789", 33}));
}

TEST(ChunkedBody, TakesEveryFormOfExtension) {
  for (const std::string extensions :
       {";a", ";a=b", " ; a = b", ";a=\"b;\\\"c\"", ";a=\"\"", ";a;b=c;d", ";a=\"\t \"", "\t;a ;b"}) {
    EXPECT_EQ(read("1" + extensions + "\r\nx\r\n0\r\n\r\n").state, State::complete) << extensions;
  }
}

TEST(ChunkedBody, RefusesWhatIsNoExtension) {
  const std::vector<std::string> wrong = {";",
                                          "x",
                                          " ",
                                          ";a=",
                                          ";=b",
                                          ";a=\"b",
                                          ";a=\"b\\\"",
                                          ";a b",
                                          ";a=\"b\"c",
                                          ";a ",
                                          ";a=b\r",
                                          ";a\n",
                                          std::string(";a\0", 3),
                                          std::string(";a=\"\x01\"")};
  for (const std::string& extensions : wrong) {
    EXPECT_EQ(read("1" + extensions + "\r\nx\r\n0\r\n\r\n").state, State::invalid) << extensions;
  }
}

TEST(ChunkedBody, RefusesWhatIsNoSize) {
  for (const std::string size : {"", "x", "-1", "+1", "0x1", " 1", "1g", "00000000000000001"}) {
    EXPECT_EQ(read(size + "\r\nx\r\n0\r\n\r\n").state, State::invalid) << size;
  }
}

TEST(ChunkedBody, AnnouncesAsMuchAsASizeCanTell) {
  ChunkedBody body(kMaxOverhead);
  body.take("fFffffffffffffff\r\n");
  EXPECT_EQ(body.announced(), 0xffffffffffffffffU);
  EXPECT_EQ(body.take("abc").data, "abc");
  EXPECT_EQ(body.announced(), 0xfffffffffffffffcU);
}

TEST(ChunkedBody, RefusesLinesThatEndOtherwiseThanInCrLf) {
  for (const std::string bytes : {"1\nx\r\n0\r\n\r\n", "1\r\nx\n0\r\n\r\n", "1\r\nxy\r\n0\r\n\r\n",
                                  "1\r\nx\r\n0\n\r\n", "0\r\nT: 1\n\r\n", "0\r\n\n", "0\r\r\n\r\n"}) {
    EXPECT_EQ(read(bytes).state, State::invalid) << bytes;
  }
}

TEST(ChunkedBody, ChecksTrailers) {
  for (const std::string trailer : {"T: 1", "T:1", "T:", "T: \"a\" "}) {
    EXPECT_EQ(read("0\r\n" + trailer + "\r\n\r\n").state, State::complete) << trailer;
  }
  for (const std::string trailer : {"T", ": 1", "T : 1", " T: 1", "T: \x01", "T\xc3: 1"}) {
    EXPECT_EQ(read("0\r\n" + trailer + "\r\n\r\n").state, State::invalid) << trailer;
  }
}

TEST(ChunkedBody, LimitsExtensionsAndTrailersTogether) {
  const std::string twenty = ";" + std::string(19, 'a');
  const std::string trailer = "T: " + std::string(15, 'a') + "\r\n";  // 20 bytes as well
  EXPECT_EQ(read("1" + twenty + "\r\nx\r\n0\r\n" + trailer + "\r\n").state, State::complete);
  EXPECT_EQ(read("1" + twenty + "\r\nx\r\n0;a\r\n" + trailer + "\r\n").state, State::too_long);
  EXPECT_EQ(read("1" + twenty + "\r\nx\r\n1" + twenty + "\r\nx\r\n0;a\r\n\r\n").state, State::too_long);
  EXPECT_EQ(read("1;" + std::string(kMaxOverhead, 'a') + "\r\n").state, State::too_long);
  EXPECT_EQ(read("1;" + std::string(100, 'a')).state, State::too_long);
  EXPECT_EQ(read("0\r\nT: " + std::string(100, 'a')).state, State::too_long);
}

TEST(ChunkedBody, CountsNoDataAsOverhead) {
  std::string bytes;
  for (int chunk = 0; chunk < 100; ++chunk) bytes += "1\r\nx\r\n";
  EXPECT_EQ(read(bytes + "0\r\n\r\n").data, std::string(100, 'x'));
}

}  // namespace
}  // namespace deltapost::net
