#include "bench/support/handing.hpp"

#include <fmt/format.h>

#include "bench/support/samples.hpp"

namespace deltapost::bench {

delivery::Endpoint endpoint_of(std::size_t number, format::Format format) {
  SeededRandom random(number + 1);
  delivery::Endpoint endpoint;
  endpoint.id = EndpointId{fmt::format("ep_{:012}", number)};
  endpoint.account = kAccount;
  endpoint.retry_schedule = delivery::default_retry_schedule();
  endpoint.url = "https://example.com/hooks";
  endpoint.format = format;
  endpoint.secrets.secrets.push_back({format::SigningSecret::generate(random), std::nullopt});
  return endpoint;
}

Handing::Handing(std::size_t endpoints,
                 const std::function<void(std::size_t number, delivery::Endpoint& endpoint)>& set)
    : sealer_(good(Sealer::make({{"k1", std::string(32, 'k')}}, "k1", random_))),
      engine_({}, directory_, random_) {
  for (std::size_t number = 0; number < endpoints; ++number) {
    auto endpoint = endpoint_of(number, format::Format::standard);
    endpoint.events = {"lead.updated"};
    if (set) set(number, endpoint);
    const auto handle = engine_.put(endpoint, kNow);
    directory_.put(handle, std::make_shared<const delivery::Endpoint>(std::move(endpoint)));
  }
  engine_.open(0, 1, {}, 0, kNow);
  for (std::size_t number = 1; number <= kPage; ++number) rows_.push_back(row_of(Kind::lead, number, 1));
}

void Handing::append() {
  page_.clear();
  for (auto& row : rows_) {
    row.seq = ++head_;
    ++row.version;
    page_.push_back(std::make_shared<const delivery::LoggedChange>(
        std::make_shared<const store::LogEntry>(row), documents_));
  }
  engine_.log_grew(0, head_);
}

void Handing::give(const delivery::ReadLog& read) {
  const store::Seq before_page = head_ - kPage;
  const std::size_t begin = read.after > before_page ? read.after - before_page : 0;
  engine_.log_read(read, std::span(page_).subspan(begin), head_, kNow);
}

std::size_t Handing::hand_out() {
  append();
  std::size_t deliveries = 0;
  for (;;) {
    actions_.clear();
    engine_.poll(kNow, actions_);
    if (actions_.empty()) break;
    for (const auto& read : actions_.log_reads) give(read);
    for (const auto& send : actions_.sends) {
      delivery::Answer answer;
      answer.status = 200;
      answer.attempt.version = send.entry->version;
      answer.attempt.first_sent_at = send.first_sent_at;
      engine_.answered(send.token, std::move(answer), kNow);
      ++deliveries;
    }
  }
  if (engine_.take_progress(0, true)) engine_.progress_saved(0);
  return deliveries;
}

}  // namespace deltapost::bench
