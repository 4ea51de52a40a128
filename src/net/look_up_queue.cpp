#include "net/look_up_queue.hpp"

#include <utility>

namespace deltapost::net {
namespace {

constexpr std::size_t kMaxWaiting = 16 * 1024;
constexpr std::size_t kMaxRemembered = 16 * 1024;
/// A name that takes longer is one that hangs.
constexpr std::chrono::seconds kPrompt{1};

}  // namespace

bool LookUpQueue::add(Question& question) {
  if (waiting() >= kMaxWaiting) return false;
  const auto known = answered_promptly_.find(question.host);
  std::deque<Question>& line = known == answered_promptly_.end() ? unknown_ : known->second ? prompt_ : slow_;
  line.push_back(std::move(question));
  return true;
}

std::optional<LookUpQueue::LookUp> LookUpQueue::next(Instant now) {
  if (taken_ == places_) return std::nullopt;
  if (!prompt_.empty()) {
    LookUp look_up{.question = std::move(prompt_.front()), .began = now};
    prompt_.pop_front();
    ++taken_;
    return look_up;
  }
  if (auto look_up = begin_first(unknown_, now, false)) return look_up;
  return begin_first(slow_, now, true);
}

/// A quarter of the places is for names that answer, a quarter at most for those that hang, and so much at
/// most for what one asker's names that are not known to answer take.
bool LookUpQueue::may_begin(const Question& question, bool slow) const {
  const std::size_t quarter = places_ / 4;
  if (doubtful_ >= places_ - quarter || (slow && hanging_ >= quarter)) return false;
  const auto own = doubtful_by_asker_.find(question.asker);
  return own == doubtful_by_asker_.end() || own->second < quarter;
}

std::optional<LookUpQueue::LookUp> LookUpQueue::begin_first(std::deque<Question>& questions, Instant now,
                                                            bool slow) {
  for (auto it = questions.begin(); it != questions.end(); ++it) {
    if (!may_begin(*it, slow)) continue;
    LookUp look_up{.question = std::move(*it), .began = now, .doubtful = true, .slow = slow};
    questions.erase(it);
    ++taken_;
    ++doubtful_;
    ++doubtful_by_asker_[look_up.question.asker];
    if (slow) ++hanging_;
    return look_up;
  }
  return std::nullopt;
}

void LookUpQueue::ended(const LookUp& look_up, Instant now) {
  --taken_;
  if (look_up.slow) --hanging_;
  if (look_up.doubtful) {
    --doubtful_;
    const auto own = doubtful_by_asker_.find(look_up.question.asker);
    if (--own->second == 0) doubtful_by_asker_.erase(own);
  }
  if (answered_promptly_.size() >= kMaxRemembered) answered_promptly_.clear();
  answered_promptly_[look_up.question.host] = now - look_up.began < kPrompt;
}

std::deque<LookUpQueue::Question> LookUpQueue::drop() {
  std::deque<Question> all;
  for (auto* line : {&prompt_, &unknown_, &slow_}) {
    for (Question& question : *line) all.push_back(std::move(question));
    line->clear();
  }
  return all;
}

}  // namespace deltapost::net
