// What reconcile keeps apart until all is stated: a contact's questions and a lead's tags. Private to the
// room.
#pragma once

#include <boost/container/flat_map.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "intake/clocks.hpp"
#include "record/json.hpp"

namespace deltapost::intake {

/// The questions of a contact, by label. Labels and answers lie in the document and in what is stated, which
/// outlive this.
class Questions {
 public:
  explicit Questions(const JsonObject& contact);

  /// nullptr: there is no such question.
  const Json* answer(std::string_view label) const;
  void set(std::string_view label, const Json& answer) { answers_[label] = &answer; }
  void remove(std::string_view label) { answers_.erase(label); }
  std::vector<std::string> labels() const;

  /// Writes them, each at its number. Questions stand at the numbers that the newest statements gave them;
  /// who lost his number to a newer one, or never had one, follows behind. What the numbers are depends on
  /// the statements alone, not on their order. Fault::invalid for an answer that is no text, and for too
  /// many.
  Result<void> write(JsonObject& contact, const Clocks& clocks) const;

 private:
  boost::container::flat_map<std::string_view, const Json*> answers_;
};

/// The tags of a lead.
class Tags {
 public:
  explicit Tags(const JsonObject& lead);

  void set(std::string_view id, const Json& tag);
  void remove(std::string_view id);

  /// Where they are others than before, in an order that does not depend on who came first; nullopt where
  /// they are not: their order is no change.
  std::optional<JsonArray> changed() const;

 private:
  JsonArray::iterator find(std::string_view id);

  const JsonArray held_;
  JsonArray now_;
};

}  // namespace deltapost::intake
