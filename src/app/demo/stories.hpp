// Stories: what the demo plays.
#pragma once

#include "app/demo/stage.hpp"

namespace deltapost::app::demo {

/// Plays all of them; false when anything was not as expected (and says what).
bool play_stories(Stage& stage);

}  // namespace deltapost::app::demo
