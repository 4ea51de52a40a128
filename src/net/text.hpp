// Small rules of HTTP's text (RFC 9110, section 5): names, values and comparison without case.
#pragma once

#include <string>
#include <string_view>

namespace deltapost::net {

bool equal_ignoring_case(std::string_view a, std::string_view b);

/// A token: what a method and a header's name consist of.
bool is_token(std::string_view text);

/// Fit for a header's value: no control character but the tab, and no blank at either end.
bool is_field_value(std::string_view text);

/// "Connection refused" -> "connection refused", to go on a sentence.
std::string lower_first(std::string_view text);

}  // namespace deltapost::net
