#include "intake/kept_clocks.hpp"

#include "store/history.hpp"

namespace deltapost::intake {

Result<KeptClocks> KeptClocks::load(store::Draft& draft, const Record& record) {
  KeptClocks kept;
  auto text = draft.clocks_of(record.key);
  if (!text) return text.error();
  if (*text) {
    kept.text_ = **std::move(text);
    auto parsed = Clocks::parse(kept.text_, record.document);
    if (!parsed) return parsed.error();
    kept.clocks_ = *std::move(parsed);
  }
  if (kept.clocks_.version >= record.version) return kept;
  auto missed = draft.history_since(record.key, kept.clocks_.version);
  if (!missed) return missed.error();
  for (const store::LogEntry& entry : *missed) {
    auto change = store::to_change(entry);
    if (!change) continue;  // past its retention: as if nobody had said when
    kept.clocks_.catch_up(*change, entry.updated_at);
  }
  kept.clocks_.version = record.version;
  return kept;
}

void KeptClocks::keep(store::Draft& draft, const Clocks& clocks, const Record& record) const {
  std::string text = clocks.text(record.document);
  if (text != text_) draft.put(store::ClocksRow{record.key, std::move(text)});
}

}  // namespace deltapost::intake
