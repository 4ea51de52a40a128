#include "net/destination.hpp"

namespace deltapost::net {

Result<DestinationPtr> Destinations::find(const std::string& url) {
  if (const auto known = known_.find(url); known != known_.end()) return known->second;
  auto parsed = parse_url(url);
  if (!parsed) return parsed.error();
  auto destination = std::make_shared<Destination>();
  destination->authority = parsed->authority();
  destination->pool_key = (parsed->https ? "https://" : "http://") + destination->authority;
  destination->head = " " + parsed->target + " HTTP/1.1\r\nHost: " + destination->authority + "\r\n";
  destination->url = *std::move(parsed);
  if (known_.size() >= kMaxKnown) known_.clear();
  return known_.emplace(url, std::move(destination)).first->second;
}

}  // namespace deltapost::net
