#include "app/bench/load.hpp"

#include <fmt/format.h>

#include <charconv>
#include <condition_variable>
#include <mutex>

#include "base/time.hpp"
#include "format/signature.hpp"
#include "net/client.hpp"
#include "net/loop.hpp"

namespace deltapost::app::bench {
namespace {

/// Keeps `in_flight` requests going until the time is over. Everything but run() happens on the loop's
/// thread.
class Pump {
 public:
  using Next = std::function<net::OutRequest(std::uint32_t& tag)>;
  using Answered = std::function<void(std::uint32_t tag, const net::OutResponse&)>;

  Pump(const LoadTarget& target, Next next, Answered answered)
      : target_(target), next_(std::move(next)), answered_(std::move(answered)) {
    loop_.start("load");
  }
  ~Pump() { loop_.stop(); }

  LoadResult run() {
    const Moment begin = std::chrono::steady_clock::now();
    end_ = begin + target_.duration;
    loop_.post([this] {
      for (int i = 0; i < target_.in_flight; ++i) send();
    });
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return done_; });
    result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return std::move(result_);
  }

  LoadResult& result() { return result_; }

 private:
  static net::ClientOptions options() {
    net::ClientOptions options;
    options.guard = net::AddressGuard({*net::Cidr::parse("127.0.0.0/8")});
    options.max_idle_per_host = 1024;
    return options;
  }

  void send() {
    std::uint32_t tag = 0;
    net::OutRequest request = next_(tag);
    ++flying_;
    const Moment asked = std::chrono::steady_clock::now();
    client_.send(std::move(request), [this, tag, asked](net::OutResult result) {
      --flying_;
      result_.waits_ms.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - asked).count());
      const auto* response = std::get_if<net::OutResponse>(&result);
      if (response != nullptr && response->status >= 200 && response->status < 300) {
        ++result_.requests;
        answered_(tag, *response);
      } else {
        ++result_.refused;
      }
      if (std::chrono::steady_clock::now() < end_) return send();
      if (flying_ > 0) return;
      std::lock_guard lock(mutex_);
      done_ = true;
      idle_.notify_all();
    });
  }

  LoadTarget target_;
  Next next_;
  Answered answered_;
  net::Loop loop_;
  net::Client client_{loop_, options()};
  LoadResult result_;
  Moment end_{};
  int flying_ = 0;
  std::mutex mutex_;
  std::condition_variable idle_;
  bool done_ = false;
};

net::Headers headers(const LoadTarget& target) {
  return {{"x-api-key", target.key}, {"Content-Type", "application/json"}};
}

std::uint32_t version_of(const net::OutResponse& response) {
  // The ETag is the version in quotes.
  const auto etag = net::find_header(response.headers, "etag").value_or("\"0\"");
  std::uint32_t version = 0;
  std::from_chars(etag.data() + 1, etag.data() + etag.size() - 1, version);
  return version;
}

/// The version in a receipt's answer; the answers are ours, so their spelling is known.
std::uint32_t version_in(std::string_view body) {
  constexpr std::string_view kMark = "\"version\":";
  std::uint32_t version = 0;
  if (const std::size_t at = body.find(kMark); at != std::string_view::npos)
    std::from_chars(body.data() + at + kMark.size(), body.data() + body.size(), version);
  return version;
}

}  // namespace

LoadResult update_leads(const LoadTarget& target, const std::vector<std::string>& leads) {
  std::uint64_t count = 0;
  Pump* running = nullptr;
  Pump pump(
      target,
      [&](std::uint32_t& tag) {
        tag = static_cast<std::uint32_t>(count % leads.size());
        return net::OutRequest{.method = "PATCH",
                               .url = fmt::format("{}/v1/leads/{}", target.url, leads[tag]),
                               .headers = headers(target),
                               .body = fmt::format(R"({{"additionalInfo":{{"step":"{}"}}}})", ++count)};
      },
      [&](std::uint32_t tag, const net::OutResponse& response) {
        running->result().acknowledged.push_back(
            {tag, version_of(response), std::chrono::steady_clock::now()});
      });
  running = &pump;
  return pump.run();
}

LoadResult post_webhooks(const LoadTarget& target, const SourceTarget& source,
                         const std::vector<std::string>& leads) {
  std::uint64_t count = 0;
  std::vector<std::uint64_t> current(leads.size());  // the value that each lead's field has; 0: none
  Pump* running = nullptr;
  Pump pump(
      target,
      [&](std::uint32_t& tag) {
        tag = static_cast<std::uint32_t>(count % leads.size());
        const std::uint64_t old = std::exchange(current[tag], ++count);
        net::OutRequest request{.url = source.url};
        request.body = fmt::format(
            R"({{"event":"lead.additionalInfo.updated","data":{{"leadId":"{}","phone":"+1555{:07}",)"
            R"("additionalInfo":{{"step":{{"old":{},"new":"{}"}}}}}},"eventId":"{:032x}","timestamp":"{}"}})",
            leads[tag], tag, old == 0 ? "null" : fmt::format("\"{}\"", old), count, count,
            iso_seconds(SystemClock().now()));
        request.headers = {{"Content-Type", "application/json"},
                           {"X-Signature-SHA256", format::apten_signature(source.secret, request.body)}};
        return request;
      },
      [&](std::uint32_t tag, const net::OutResponse& response) {
        running->result().acknowledged.push_back(
            {tag, version_in(response.body), std::chrono::steady_clock::now()});
      });
  running = &pump;
  return pump.run();
}

LoadResult ping(const LoadTarget& target) {
  Pump pump(
      target, [&](std::uint32_t&) { return net::OutRequest{.method = "GET", .url = target.url + "/livez"}; },
      [](std::uint32_t, const net::OutResponse&) {});
  return pump.run();
}

}  // namespace deltapost::app::bench
