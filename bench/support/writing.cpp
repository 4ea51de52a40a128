#include "bench/support/writing.hpp"

#include "bench/support/samples.hpp"
#include "intake/writer.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"
#include "record/present.hpp"

namespace deltapost::bench {
namespace {

std::string answer(const intake::Written& written) {
  constexpr std::size_t kUsualAnswer = 2048;
  const Record& record = written.record;
  JsonWriter out(kUsualAnswer);
  write_presented(out, record.key.kind, record.document, record.updated_at, record.version);
  return out.take();
}

}  // namespace

Writing::Writing(store::Store& store, Kind kind) : store_(store), kind_(kind) {
  write_all(true);
}

void Writing::update_all() {
  ++turn_;
  write_all(false);
}

void Writing::write_all(bool create) {
  store::GroupCommitter committer(store_, clock_, {.max_group = kGroup});
  intake::Writer writer(committer);
  std::size_t changed = 0;  // the committing thread's until it has ended
  for (std::size_t number = 1; number <= kGroup; ++number) {
    intake::Decide decide;
    if (create) {
      decide = [this, number](const Record*, Time) -> Result<JsonObject> {
        return document_of(kind_, number);
      };
    } else {
      decide = [this, patch = object(patch_of(kind_, turn_))](Record* current,
                                                              Time) -> Result<intake::Wanted> {
        return intake::Wanted(updated(kind_, std::move(current->document), patch));
      };
    }
    writer.write({.key = key_of(kind_, number),
                  .origin = {.actor = "key:k1", .source = "api"},
                  .decide = std::move(decide),
                  .answer = answer},
                 [&changed](Result<intake::Answered> answered) { changed += answered.has_value() ? 1 : 0; });
  }
  committer.start();
  committer.stop();
  DP_CHECK(changed == kGroup);
}

}  // namespace deltapost::bench
