#include "bench/support/receiving.hpp"

#include "bench/support/samples.hpp"
#include "bench/support/writing.hpp"
#include "intake/receiver.hpp"

namespace deltapost::bench {
namespace {

constexpr std::string_view kToken = "srctok_0123456789abcdefghij";
constexpr std::string_view kSource = R"({"format":"iclosed","verifier":"github"})";
constexpr std::string_view kSecret = "a secret that both sides know";

/// The contact as its sender sees it after another update.
std::string body_of(std::size_t number, std::size_t turn) {
  auto view = change_of(Kind::contact);
  view.change.key = key_of(Kind::contact, number);
  view.after = std::make_shared<const JsonObject>(
      updated(Kind::contact, document_of(Kind::contact, number), object(patch_of(Kind::contact, turn)))
          .document);
  view.updated_at = kNow + std::chrono::seconds(turn);
  return format::render(format::Format::iclosed, event_of(view, "contactUpdated"), view, kNow, {}).body;
}

}  // namespace

Receiving::Receiving(store::Store& store)
    : store_(store),
      sealer_(good(Sealer::make({{"k1", std::string(32, 'k')}}, "k1", random_))),
      sources_(store, sealer_) {
  put_source();
  DP_CHECK(sources_.load().has_value());
}

void Receiving::put_source() {
  const RecordKey key{kAccount, Kind::source, "src_1"};
  store::RecordWrite write;
  write.entry.key = key;
  write.entry.version = 1;
  write.entry.at = write.updated_at = kNow;
  write.entry.changes = "{}";
  write.entry.document = std::make_shared<const std::string>(
      to_text(good(intake::create_source(object(kSource), key.id, kNow))));
  const intake::SourceSecrets secrets{.tokens = {{std::string(kToken), std::nullopt}},
                                      .secrets = {{std::string(kSecret), std::nullopt}}};
  store::Batch batch;
  batch.writes.push_back(std::move(write));
  batch.secrets.push_back(
      {key, sealer_.seal(intake::source_secrets_to_text(secrets), intake::source_secrets_context(key))});
  DP_CHECK(store_.commit(batch).has_value());
}

void Receiving::prepare() {
  ++turn_;
  clock_.set(kNow + std::chrono::seconds(turn_));
  requests_.clear();
  for (std::size_t number = 1; number <= kGroup; ++number) {
    net::Request request;
    request.method = "POST";
    request.target = request.path = "/in/" + std::string(kToken);
    request.body = body_of(number, turn_);
    request.peer = "192.0.2.7";
    request.headers.push_back({"Content-Type", "application/json"});
    const auto signing = good(
        format::sign(verifier_of(R"("github")"), kSecret, request.target, request.body, "", clock_.now()));
    for (const auto& [name, value] : signing.headers) request.headers.push_back({name, value});
    requests_.push_back(std::move(request));
  }
}

void Receiving::receive_all() {
  store::GroupCommitter committer(store_, clock_, {.max_group = kGroup});
  intake::Receiver receiver(store_, committer, sources_, clock_);
  std::size_t accepted = 0;  // the committing thread's until it has ended
  for (auto& request : requests_) {
    receiver.receive(kToken, std::move(request), false, [&](Result<intake::Acknowledgement> answer) {
      accepted += answer && answer->outcome.verdict() == store::Verdict::accepted ? 1 : 0;
    });
  }
  committer.start();
  committer.stop();
  DP_CHECK(accepted == kGroup);
}

}  // namespace deltapost::bench
