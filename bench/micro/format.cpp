// What goes out: events, bodies, signatures.
#include <benchmark/benchmark.h>

#include "bench/support/samples.hpp"
#include "format/signature.hpp"

namespace deltapost::bench {
namespace {

using format::Format;

void events(benchmark::State& state, Kind kind) {
  const auto change = change_of(kind).change;
  for (auto _ : state) benchmark::DoNotOptimize(format::events_of(change));
}

void render(benchmark::State& state, Format format, std::string_view type) {
  const auto view = change_of(format::record_kind(type));
  const auto event = event_of(view, type);
  for (auto _ : state) benchmark::DoNotOptimize(format::render(format, event, view, kNow, {}));
}

BENCHMARK_CAPTURE(events, lead, Kind::lead);
BENCHMARK_CAPTURE(events, contact, Kind::contact);
BENCHMARK_CAPTURE(render, apten, Format::apten, "lead.additionalInfo.updated");
BENCHMARK_CAPTURE(render, iclosed, Format::iclosed, "contactUpdated");
BENCHMARK_CAPTURE(render, standard_lead, Format::standard, "lead.updated");
BENCHMARK_CAPTURE(render, standard_contact, Format::standard, "contactUpdated");
BENCHMARK_CAPTURE(render, cloudevents, Format::cloudevents, "contactUpdated");

// ---- signing a 1.4 kB contact

std::string signed_body() {
  const auto view = change_of(Kind::contact);
  return format::render(Format::iclosed, event_of(view, "contactUpdated"), view, kNow, {}).body;
}

constexpr std::string_view kEd25519 =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";

void sign(benchmark::State& state, std::string_view secret_text, bool apten) {
  const auto body = signed_body();
  const std::vector secrets{good(format::SigningSecret::parse(secret_text))};
  for (auto _ : state)
    benchmark::DoNotOptimize(
        format::signature_headers(secrets, "9f86d081884c7d659a2feaa0c55ad015", kNow, body, apten));
}

/// As a sender of another scheme does it: `deltapost source send`.
void sign_as_sender(benchmark::State& state, std::string_view verifier_text) {
  const auto body = signed_body();
  const auto verifier = verifier_of(verifier_text);
  const auto secret = secret_of(verifier);
  for (auto _ : state)
    benchmark::DoNotOptimize(format::sign(verifier, secret, "/in/token", body, "msg_sample", kNow));
}

constexpr std::string_view kHmac = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kHmac512 = R"({"scheme":"hmac","header":"X-Sig","algorithm":"sha512"})";
constexpr std::string_view kHubspot = R"({"scheme":"hubspot","url":"https://example.com/in/token"})";
constexpr std::string_view kToken = R"({"scheme":"token","header":"X-Token"})";

BENCHMARK_CAPTURE(sign, v1, kHmac, false);
BENCHMARK_CAPTURE(sign, v1a_ed25519, kEd25519, false);
BENCHMARK_CAPTURE(sign, v1_and_apten, kHmac, true);
BENCHMARK_CAPTURE(sign_as_sender, standard, R"("standard")");
BENCHMARK_CAPTURE(sign_as_sender, apten, R"("apten")");
BENCHMARK_CAPTURE(sign_as_sender, hmac_sha512, kHmac512);
BENCHMARK_CAPTURE(sign_as_sender, github, R"("github")");
BENCHMARK_CAPTURE(sign_as_sender, stripe, R"("stripe")");
BENCHMARK_CAPTURE(sign_as_sender, hubspot, kHubspot);
BENCHMARK_CAPTURE(sign_as_sender, close, R"("close")");
BENCHMARK_CAPTURE(sign_as_sender, token, kToken);

// ---- verifying the same

void verify(benchmark::State& state, std::string_view verifier_text) {
  const auto hook = webhook_of(format::InboundFormat::iclosed, verifier_text);
  DP_CHECK(hook.verify().has_value());
  for (auto _ : state) benchmark::DoNotOptimize(hook.verify());
}

void verify_ed25519(benchmark::State& state) {
  const auto body = signed_body();
  const auto secret = good(format::SigningSecret::parse(kEd25519));
  const std::string timestamp = "1764000000";
  const auto signature = format::standard_signature(secret, "msg_sample", timestamp, body);
  const std::vector keys{secret.public_key_text()};
  const format::StandardHeaders headers{"msg_sample", timestamp, signature};
  DP_CHECK(format::verify_standard(keys, headers, body, kNow).has_value());
  for (auto _ : state) benchmark::DoNotOptimize(format::verify_standard(keys, headers, body, kNow));
}

BENCHMARK_CAPTURE(verify, standard, R"("standard")");
BENCHMARK(verify_ed25519)->Name("verify/standard_ed25519");
BENCHMARK_CAPTURE(verify, apten, R"("apten")");
BENCHMARK_CAPTURE(verify, hmac_sha512, kHmac512);
BENCHMARK_CAPTURE(verify, github, R"("github")");
BENCHMARK_CAPTURE(verify, stripe, R"("stripe")");
BENCHMARK_CAPTURE(verify, hubspot, kHubspot);
BENCHMARK_CAPTURE(verify, close, R"("close")");
BENCHMARK_CAPTURE(verify, token, kToken);
BENCHMARK_CAPTURE(verify, none, R"("none")");

}  // namespace
}  // namespace deltapost::bench
