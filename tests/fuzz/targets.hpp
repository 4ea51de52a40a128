// The fuzz targets. Each takes any bytes at all and returns; when a property that it names does not hold, it
// ends the process (DP_CHECK). None keeps anything from one call to the next.
#pragma once

#include <string_view>

namespace deltapost::fuzz {

void http_request(std::string_view input);
void http_response(std::string_view input);
void url(std::string_view input);
void json(std::string_view input);
void lead(std::string_view input);
void contact(std::string_view input);
void inbound_apten(std::string_view input);
void inbound_iclosed(std::string_view input);
void inbound_standard(std::string_view input);
void inbound_generic(std::string_view input);
void inbound_form(std::string_view input);
void signature_headers(std::string_view input);
void cursor(std::string_view input);
void condition(std::string_view input);
void schema(std::string_view input);
void config(std::string_view input);
void api_key(std::string_view input);
void retry_after(std::string_view input);
void field_path(std::string_view input);
void encoding(std::string_view input);

}  // namespace deltapost::fuzz
