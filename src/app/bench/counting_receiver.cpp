#include "app/bench/counting_receiver.hpp"

#include <charconv>

namespace deltapost::app::bench {
namespace {

/// The text after `mark` up to the next quote; the bodies are ours, so their spelling is known.
std::string_view quoted_after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + mark.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

CountingReceiver::CountingReceiver(int endpoints)
    : server_({},
              [this](net::Request request, net::Respond respond) {
                handle(request);
                respond({.status = 200, .body = "{}"});
              }),
      endpoints_(static_cast<std::size_t>(endpoints)) {}

CountingReceiver::~CountingReceiver() {
  server_.stop(std::chrono::seconds{1});
}

std::string CountingReceiver::url(int endpoint) const {
  return "http://127.0.0.1:" + std::to_string(server_.port()) + "/" + std::to_string(endpoint);
}

void CountingReceiver::handle(const net::Request& request) {
  const Moment now = std::chrono::steady_clock::now();
  const std::size_t endpoint = number(std::string_view(request.path).substr(1));
  const std::string lead(quoted_after(request.body, "\"leadId\":\""));
  const std::uint64_t version = number(request.header("deltapost-record-version").value_or(""));
  std::lock_guard lock(mutex_);
  if (endpoint >= endpoints_.size() || lead.empty() || version == 0) return;
  ++arrived_;
  Lead& state = endpoints_[endpoint][lead];
  if (state.first_arrival.size() <= version) state.first_arrival.resize(version + 1);
  Moment& first = state.first_arrival[version];
  if (first != Moment{}) {
    ++repeated_;
    return;
  }
  first = now;
  if (version < state.newest) ++reordered_;
  state.newest = std::max(state.newest, version);
}

std::uint64_t CountingReceiver::arrived() const {
  std::lock_guard lock(mutex_);
  return arrived_;
}

std::optional<Moment> CountingReceiver::arrival(int endpoint, const std::string& lead,
                                                std::uint64_t version) const {
  std::lock_guard lock(mutex_);
  const auto& leads = endpoints_[static_cast<std::size_t>(endpoint)];
  const auto found = leads.find(lead);
  if (found == leads.end() || found->second.first_arrival.size() <= version) return {};
  const Moment moment = found->second.first_arrival[version];
  return moment == Moment{} ? std::nullopt : std::optional(moment);
}

Verdict CountingReceiver::judge(const std::unordered_map<std::string, std::uint64_t>& last) const {
  std::lock_guard lock(mutex_);
  Verdict verdict{.lost = 0, .repeated = repeated_, .reordered = reordered_};
  for (const auto& leads : endpoints_) {
    for (const auto& [lead, version] : last) {
      const auto found = leads.find(lead);
      for (std::uint64_t v = 2; v <= version; ++v)
        if (found == leads.end() || found->second.first_arrival.size() <= v ||
            found->second.first_arrival[v] == Moment{})
          ++verdict.lost;
    }
  }
  return verdict;
}

}  // namespace deltapost::app::bench
