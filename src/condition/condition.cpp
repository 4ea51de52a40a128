#include "condition/condition.hpp"

namespace deltapost::condition {

const Json& Condition::rule() const { return *rule_; }

}  // namespace deltapost::condition
