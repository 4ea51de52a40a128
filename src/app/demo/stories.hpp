// Stories: what the demo plays.
#pragma once

#include "app/demo/stage.hpp"

namespace deltapost::app::demo {

/// Plays all of them; false when anything was not as expected (and says what).
bool play_stories(Stage& stage);

// The stories of the other end, in receiving_stories.cpp.
Result<void> apten_source_story(Stage& stage);
Result<void> iclosed_source_story(Stage& stage);

/// The iclosed webhook for a contact as the API answers it: an array around it, with what changed and why it
/// was sent.
Json contact_hook(const Json& answer, JsonArray updated, std::string_view hook_type);

}  // namespace deltapost::app::demo
