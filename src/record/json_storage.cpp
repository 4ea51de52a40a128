#include <boost/json/monotonic_resource.hpp>
#include <memory>

#include "record/json.hpp"

namespace deltapost {
namespace {

// What Boost.JSON takes for a member beside its key, and for a string beside its characters; strings of up to
// kInlineChars take nothing.
constexpr std::size_t kMemberBytes = 40, kStringBytes = 17, kInlineChars = 14;
/// A parsed document takes about so many times its text, short keys and values being the rule.
constexpr std::size_t kParsedGrowth = 3;
constexpr std::size_t kRoomForPatch = 256;

/// One piece of just the size that was asked for, and what Boost's resource takes when that was too little
/// (it alone would begin with a power of two).
class DocumentResource final : public boost::json::memory_resource {
 public:
  explicit DocumentResource(std::size_t bytes)
      : room_(new unsigned char[bytes]), pieces_(room_.get(), bytes) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t align) override { return pieces_.allocate(bytes, align); }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  const std::unique_ptr<unsigned char[]> room_;
  boost::json::monotonic_resource pieces_;
};

std::size_t taken_by(const JsonObject& object);

std::size_t taken_by(const Json& value) {
  if (const auto* text = value.if_string()) {
    return text->size() > kInlineChars ? kStringBytes + text->size() : 0;
  }
  if (const JsonObject* object = value.if_object()) return taken_by(*object);
  std::size_t bytes = 0;
  if (const JsonArray* array = value.if_array()) {
    for (const Json& element : *array) bytes += sizeof(Json) + taken_by(element);
  }
  return bytes;
}

std::size_t taken_by(const JsonObject& object) {
  std::size_t bytes = kMemberBytes;
  for (const auto& member : object) bytes += kMemberBytes + member.key().size() + taken_by(member.value());
  return bytes;
}

boost::json::storage_ptr storage_of(std::size_t bytes) {
  return boost::json::make_shared_resource<DocumentResource>(bytes);
}

}  // namespace

boost::json::storage_ptr document_storage(std::size_t text_bytes) {
  return storage_of(kParsedGrowth * text_bytes + kRoomForPatch);
}

JsonObject copy_of_document(const JsonObject& document) {
  return JsonObject(document, storage_of(taken_by(document) + kRoomForPatch));
}

}  // namespace deltapost
