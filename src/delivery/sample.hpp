// A change that never happened, for test events: a record that looks like any other, so that a receiver's
// code is put to the test.
#pragma once

#include <string_view>

#include "format/event.hpp"

namespace deltapost::delivery {

struct Sample {
  format::ChangeView view;
  format::Event event;
};

/// An event of this canonical type. Its id is another one at each time.
Sample sample_of(std::string_view event_type, const AccountId& account, Time now);

}  // namespace deltapost::delivery
