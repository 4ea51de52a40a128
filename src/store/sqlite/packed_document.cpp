#include "store/sqlite/packed_document.hpp"

#include <lz4.h>

#include <cstddef>

#include "base/check.hpp"

namespace deltapost::store::sqlite {
namespace {

/// What a packed text may refer to: documents as they begin, with values that are usual. Never edited once
/// released, as stored data depends on it; another one would need a mark of its own.
constexpr std::string_view kKnown =
    R"({"id":"lead_","firstName":"","lastName":"","phone":"+1","email":null,"timeZone":null,)"
    R"("customerProfile":null,"additionalInfo":{},"tags":[{"id":"","name":""}],"hasReplied":false,)"
    R"("isHot":false,"isQualified":false,"isUnsubscribed":false,"isAiOn":false,"summary":null,)"
    R"("externalLeadId":null,"close_crm_leadId":null,"createdAt":"202","deleted":false,"deletedAt":null})"
    R"({"id":1,"userId":null,"accountId":null,"firstName":"","lastName":"","email":"@gmail.com",)"
    R"("phoneNumber":"+1","secondary_email":null,"secondary_phoneNumber":null,"status":"POTENTIAL",)"
    R"("createdAt":"202","previewId":"contact_","timeZone":"America/New_York","joinedTime":"202",)"
    R"("country":"US","ipAddress":"","questionsAndAnswers":{"1_question":"","1_response":"",)"
    R"("2_question":"","2_response":"","3_question":"","3_response":"","4_question":"","4_response":"",)"
    R"("5_question":"","5_response":"","6_question":"","6_response":"","7_question":"","7_response":"",)"
    R"("Phone Number":"","Email Address":"","Full Name":""},)"
    R"("event":{"id":1,"name":"","linkPrefix":"","color":"#","eventType":"STRATEGY_EVENT"},)"
    R"("tracking":{"utm_source":"","utm_medium":"","utm_campaign":"","utm_content":"","utm_term":"",)"
    R"("first_utm_source":"","first_utm_medium":"","first_utm_campaign":"","first_utm_content":"",)"
    R"("first_utm_term":"","utmKey_1":"","utmValue_1":"","utmKey_2":"","utmValue_2":""},)"
    R"("latestCall":{"id":1,"dateTime":"202","duration":30,"user":{"id":1,"firstName":"","lastName":"",)"
    R"("email":"@"}},"disqualifyingGroup":[],"deletedAt":null})"
    R"(QUALIFIED","DISQUALIFIED","STRATEGY_CALL_BOOKED","DISCOVERY_CALL_BOOKED","phoneNumber":null,)"
    R"("firstName":null,"lastName":null,"ipAddress":null,"event":null,"latestCall":null,true,"tags":[])";

constexpr char kPackedMark = 1;
constexpr std::size_t kHeadBytes = 4, kLongestText = 0xffffff;
constexpr std::size_t kShortestText = 64;

/// LZ4's tables of what is known: each packing starts from a copy, which takes less time than making them
/// anew.
const LZ4_stream_t& known() {
  static const LZ4_stream_t stream = [] {
    LZ4_stream_t made;
    LZ4_initStream(&made, sizeof made);
    LZ4_loadDict(&made, kKnown.data(), static_cast<int>(kKnown.size()));
    return made;
  }();
  return stream;
}

}  // namespace

std::string pack_document(std::string_view text) {
  DP_CHECK(!text.starts_with(kPackedMark));
  if (text.size() < kShortestText || text.size() > kLongestText) return std::string(text);
  const int length = static_cast<int>(text.size()), room = LZ4_compressBound(length);
  std::string packed(kHeadBytes + static_cast<std::size_t>(room), '\0');
  LZ4_stream_t stream = known();
  const int bytes =
      LZ4_compress_fast_continue(&stream, text.data(), packed.data() + kHeadBytes, length, room, 1);
  packed.resize(kHeadBytes + static_cast<std::size_t>(bytes));
  if (bytes <= 0 || packed.size() >= text.size()) return std::string(text);
  packed[0] = kPackedMark;
  for (std::size_t i = 1; i < kHeadBytes; ++i) packed[i] = static_cast<char>(text.size() >> (8 * (i - 1)));
  return packed;
}

std::string unpack_document(std::string_view stored) {
  if (stored.size() < kHeadBytes || stored[0] != kPackedMark) return std::string(stored);
  std::size_t length = 0;
  for (std::size_t i = 1; i < kHeadBytes; ++i)
    length |= static_cast<std::size_t>(static_cast<unsigned char>(stored[i])) << (8 * (i - 1));
  std::string text(length, '\0');
  const std::string_view block = stored.substr(kHeadBytes);
  const int bytes =
      LZ4_decompress_safe_usingDict(block.data(), text.data(), static_cast<int>(block.size()),
                                    static_cast<int>(length), kKnown.data(), static_cast<int>(kKnown.size()));
  if (bytes != static_cast<int>(length)) return std::string(stored);
  return text;
}

}  // namespace deltapost::store::sqlite
