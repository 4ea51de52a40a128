// ApiClient: a Deltapost server seen from a command: one request after the other, each waited for.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http.hpp"
#include "record/json.hpp"

namespace deltapost::app {

/// Text as it stands in a path or a query: everything but letters, digits and -_.~ as %XX.
std::string escaped(std::string_view text);

struct ApiAnswer {
  int status = 0;
  net::Headers headers;
  Json body;  // null when there was none
};

class ApiClient {
 public:
  /// `url`: where the server is, like http://127.0.0.1:8080.
  ApiClient(std::string url, std::string key);
  ~ApiClient();

  /// An answer of any status; Fault::unavailable when there was none.
  Result<ApiAnswer> call(const std::string& method, const std::string& path, const Json* body = nullptr,
                         net::Headers headers = {});
  /// The body of a 2xx answer; any other is an error with the problem's own words.
  Result<Json> ask(const std::string& method, const std::string& path, const Json* body = nullptr);
  /// Any request to anywhere, without the key.
  net::OutResult send(net::OutRequest request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deltapost::app
