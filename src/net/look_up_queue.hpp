// LookUpQueue: which name is looked up next, so that names that hang keep nobody else's waiting. A look-up
// cannot be called off, and one whose servers never answer takes a place for a quarter of a minute or so; so
// places are kept free for names that are known to answer, and nobody may fill the rest alone.
//
// A plain object, told the time. Its owner guards it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "net/resolver.hpp"

namespace deltapost::net {

class LookUpQueue {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  struct Question {
    std::string host;
    std::uint64_t asker = 0;
    Resolver::Done done;
  };
  /// One that has a place, until ended() is told.
  struct LookUp {
    Question question;
    Instant began{};
    bool doubtful = false;  // begun when its name was not known to answer promptly
    bool slow = false;      // begun when its name was known to hang
  };

  /// `places`: how many are looked up at once.
  explicit LookUpQueue(std::size_t places) : places_(places) {}

  /// False, and the question stays the caller's, when too many wait.
  bool add(Question& question);
  /// The next to be looked up; nullopt: none waits, or none of those that wait may have a place now.
  std::optional<LookUp> next(Instant now);
  /// It was answered, one way or the other.
  void ended(const LookUp& look_up, Instant now);

  std::size_t waiting() const { return prompt_.size() + unknown_.size() + slow_.size(); }
  /// The questions that wait; none does any more.
  std::deque<Question> drop();

 private:
  bool may_begin(const Question& question, bool slow) const;
  std::optional<LookUp> begin_first(std::deque<Question>& questions, Instant now, bool slow);

  const std::size_t places_;
  std::deque<Question> prompt_, unknown_, slow_;        // by how the name answered the last time
  std::size_t taken_ = 0, doubtful_ = 0, hanging_ = 0;  // places: all, and those of `doubtful` and `slow`
  std::map<std::uint64_t, std::size_t> doubtful_by_asker_;
  std::unordered_map<std::string, bool> answered_promptly_;
};

}  // namespace deltapost::net
