// Destination: where requests go, worked out once per URL and shared by all requests to it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "net/url.hpp"

namespace deltapost::net {

struct Destination {
  Url url;
  std::string authority;  // Url::authority
  std::string pool_key;   // scheme, host and port: requests that agree in it can share a connection
  std::string head;       // how each request to it goes on behind its method: target, version, Host
};

using DestinationPtr = std::shared_ptr<const Destination>;

/// The destinations of late. One thread.
class Destinations {
 public:
  /// Fault::invalid when the URL cannot be parsed.
  Result<DestinationPtr> find(const std::string& url);

 private:
  static constexpr std::size_t kMaxKnown = 16'384;  // beyond it all are worked out anew

  std::unordered_map<std::string, DestinationPtr> known_;
};

}  // namespace deltapost::net
