#include "simulation/core/senders.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace deltapost::simulation {
namespace {

constexpr Millis kTimeout{10'000};
constexpr std::size_t kRecords = 3;  // of one sender

bool is_honest(const Letter& letter) {
  return letter.nature == Letter::Nature::honest;
}

}  // namespace

Senders::Senders(Timeline& timeline, Network& network, ApiClient& api, System& system, Ledger& ledger)
    : timeline_(timeline), network_(network), api_(api), system_(system), ledger_(ledger) {}

void Senders::add(std::string format, AccountId account, std::string api_key) {
  auto sender = std::make_unique<Sender>();
  sender->format = std::move(format);
  sender->account = std::move(account);
  JsonObject source{{"format", sender->format}, {"verifier", "apten"}};
  const std::string key = fmt::format("source-{}", senders_.size());
  senders_.push_back(std::move(sender));
  api_.ask({.method = "POST",
            .target = "/v1/sources",
            .body = std::move(source),
            .idempotency_key = key,
            .api_key = std::move(api_key)},
           [this, added = senders_.back().get()](const Told& told) {
             if (!told.good()) return;
             added->source = std::string(told.body.at("source").at("id").as_string());
             added->token = std::string(told.body.at("token").as_string());
             added->secret = std::string(told.body.at("secret").as_string());
           });
}

std::string Senders::sign(const Sender& sender, const std::string& body) const {
  return hex(hmac_sha256(sender.secret, body));
}

std::string Senders::token_path(const Sender& sender) const {
  return sender.format == "apten" ? "additionalInfo.last" : "lastName";
}

void Senders::act() {
  if (senders_.empty()) return;
  Sender& sender = *timeline_.one_of(std::vector<Sender*>([this] {
    std::vector<Sender*> all;
    for (auto& each : senders_) all.push_back(each.get());
    return all;
  }()));
  if (sender.token.empty()) return;
  timeline_.below(4) == 0 ? interfere(sender) : change(sender);
}

/// Statements of one record have distinct times, a second apart where the format tells whole seconds.
Time Senders::later_than_all(Sender& sender, const std::string& id) {
  Time& newest = sender.told_at[id];
  const Millis apart{sender.format == "apten" ? 1000 : 1};
  newest = std::max(newest + apart, timeline_.now());
  return newest;
}

void Senders::change(Sender& sender) {
  auto letter = std::make_shared<Letter>();
  letter->token = fmt::format("L{}", ++tokens_);
  letter->body = sender.format == "apten" ? to_text(apten(sender, letter->token))
                                          : fmt::format("[{}]", to_text(iclosed(sender, letter->token)));
  letter->signature = sign(sender, letter->body);
  sender.letters.push_back(letter);
  post(sender, letter, timeline_.chance(0.3) ? timeline_.up_to(Millis{60'000}) : timeline_.up_to(Millis{50}));
  // Nobody waits for the answer: the same comes on two ways.
  if (timeline_.below(6) == 0) {
    auto twin = std::make_shared<Letter>(*letter);
    twin->nature = Letter::Nature::repeated;
    sender.letters.push_back(twin);
    post(sender, twin, timeline_.up_to(Millis{2'000}));
  }
}

JsonObject Senders::iclosed(Sender& sender, const std::string& token) {
  const std::uint64_t number = 900'000 + timeline_.below(kRecords);
  const std::string id = std::to_string(number);
  JsonObject& contact = sender.truth[id];
  if (contact.empty()) {
    contact = {{"id", number},
               {"firstName", "New"},
               {"lastName", nullptr},
               {"status", "POTENTIAL"},
               {"country", nullptr},
               {"tracking", JsonObject{}},
               {"createdAt", iso_millis(timeline_.now())}};
  }
  contact["lastName"] = token;
  if (timeline_.chance(0.5)) contact["firstName"] = timeline_.one_of<Json>({"Ada", "Grace", nullptr});
  if (timeline_.chance(0.3))
    contact["status"] = timeline_.one_of<Json>({"POTENTIAL", "QUALIFIED", "DISQUALIFIED"});
  if (timeline_.chance(0.3)) contact["country"] = timeline_.one_of<Json>({"Norway", "Peru", nullptr});
  if (timeline_.chance(0.3)) contact["tracking"] = JsonObject{{"utm_source", token}};
  JsonObject body = contact;
  body["updatedAt"] = iso_millis(later_than_all(sender, id));
  body["hookType"] = "Contact updated";
  return body;
}

JsonObject Senders::apten(Sender& sender, const std::string& token) {
  const std::size_t number = timeline_.below(kRecords);
  const std::string id = fmt::format("apt-{}", number);
  JsonObject& lead = sender.truth[id];
  JsonObject changes;
  const auto set = [&](const char* key, Json value) {
    const Json* before = lead.if_contains(key);
    if (before != nullptr ? *before == value : value.is_null()) return;
    changes[key] = JsonObject{{"old", before != nullptr ? *before : Json(nullptr)}, {"new", value}};
    lead[key] = std::move(value);
  };
  set("last", boost::json::string(token));
  if (timeline_.chance(0.5)) set("state", timeline_.one_of<Json>({"CA", "NY", nullptr}));
  if (timeline_.chance(0.3)) set("plan", timeline_.one_of<Json>({"basic", "", nullptr}));
  return {{"event", "lead.additionalInfo.updated"},
          {"data", JsonObject{{"leadId", id},
                              {"phone", fmt::format("+1666555{:04}", number)},
                              {"additionalInfo", std::move(changes)}}},
          {"eventId", fmt::format("evt-{}", token)},
          {"timestamp", iso_seconds(later_than_all(sender, id))}};
}

/// Somebody damages, forges or repeats what was sent.
void Senders::interfere(Sender& sender) {
  if (sender.letters.empty()) return;
  const Letter& victim = *sender.letters[timeline_.below(sender.letters.size())];
  if (!is_honest(victim)) return;
  auto letter = std::make_shared<Letter>();
  letter->body = victim.body;
  letter->token = fmt::format("E{}", ++tokens_);
  const auto nature = static_cast<Letter::Nature>(1 + timeline_.below(5));
  letter->nature = nature;
  const std::size_t at = letter->body.find(victim.token);
  if (nature == Letter::Nature::repeated) letter->token = victim.token;
  if (nature == Letter::Nature::other) {
    // An id that tells statements apart is Apten's alone; iClosed's are told apart by what they say.
    if (sender.format != "apten" || !victim.acknowledged) return;
    letter->body.replace(at, victim.token.size(), letter->token);
  }
  if (nature == Letter::Nature::damaged || nature == Letter::Nature::forged)
    letter->body.replace(at, victim.token.size(), letter->token);
  if (nature == Letter::Nature::senseless) letter->body = "{\"event\": " + letter->token;
  letter->signature = nature == Letter::Nature::damaged  ? victim.signature
                      : nature == Letter::Nature::forged ? hex(hmac_sha256("another secret", letter->body))
                                                         : sign(sender, letter->body);
  timeline_.count("letter interfered with");
  sender.letters.push_back(letter);
  post(sender, letter, timeline_.up_to(Millis{5'000}));
}

// ---- on the way

void Senders::post(Sender& sender, const std::shared_ptr<Letter>& letter, Millis delay) {
  timeline_.after(delay, [this, &sender, letter] {
    ++letter->tries;
    timeline_.count("webhook to a source");
    network_.carry(
        {.method = "POST",
         .url = fmt::format("http://{}/in/{}", system_.host(), sender.token),
         .headers = {{"content-type", "application/json"}, {"X-Signature-SHA256", letter->signature}},
         .body = letter->body,
         .timeout = kTimeout},
        [this, &sender, letter](const net::OutResult& result) { hear(sender, letter, result); });
  });
}

void Senders::hear(Sender& sender, const std::shared_ptr<Letter>& letter, const net::OutResult& result) {
  const auto* answer = std::get_if<net::OutResponse>(&result);
  if (answer == nullptr || answer->status == 503 || answer->status == 429) {
    if (answer != nullptr) timeline_.count("webhook refused early");
    if (is_honest(*letter)) post(sender, letter, Millis{500} + timeline_.up_to(Millis{4'000}));
    return;
  }
  letter->acknowledged = true;
  letter->status = answer->status;
  const auto body = parse_json_object(answer->body);
  if (answer->status == 200 && body) {
    timeline_.count("receipt acknowledged");
    letter->receipt = std::stoull(std::string(body->at("receipt").as_string()).substr(3));
    letter->verdict = std::string(body->at("verdict").as_string());
    timeline_.count("receipt " + letter->verdict);
  }
  timeline_.tell(fmt::format("letter {} (nature {}) was answered with {} {}", letter->token,
                             static_cast<int>(letter->nature), letter->status, letter->verdict));
  if (system_.readable()) ledger_.follow(system_.truth());
  check(sender, *letter);
}

bool Senders::all_acknowledged() const {
  return std::ranges::all_of(senders_, [](const auto& sender) {
    return std::ranges::all_of(
        sender->letters, [](const auto& letter) { return letter->acknowledged || !is_honest(*letter); });
  });
}

// ---- promises

void Senders::check(const Sender& sender, const Letter& letter) {
  using Nature = Letter::Nature;
  const std::string name =
      fmt::format("letter {} (nature {})", letter.token, static_cast<int>(letter.nature));
  const std::size_t times = ledger_.times_set(token_path(sender), letter.token);
  const bool bad = letter.nature == Nature::damaged || letter.nature == Nature::forged;
  if (times > 1) return timeline_.break_promise(fmt::format("{} was applied {} times", name, times));
  if (times > 0 && !is_honest(letter) && letter.nature != Nature::repeated)
    return timeline_.break_promise(name + " was applied");
  if (!letter.acknowledged) return;
  if (bad != (letter.status == 401))
    return timeline_.break_promise(fmt::format("{} was answered with {}", name, letter.status));
  if (letter.status != 200) return;
  if (letter.nature == Nature::senseless && letter.verdict != "quarantined" && letter.verdict != "duplicate")
    return timeline_.break_promise(name + " was " + letter.verdict);
  if (letter.nature == Nature::other && letter.verdict != "duplicate")
    return timeline_.break_promise(name + " was " + letter.verdict);
  const std::size_t changes = ledger_.changes_of(letter.receipt);
  const bool without_effect = letter.verdict == "duplicate" || letter.verdict == "no_change" ||
                              letter.verdict == "quarantined" || letter.verdict == "rejected";
  if (without_effect && changes > 0)
    return timeline_.break_promise(fmt::format("{} was {} and changed something", name, letter.verdict));
  if (!system_.readable()) return;
  const auto kept = system_.truth().receipt(sender.account, letter.receipt);
  if (!kept) return timeline_.break_promise(name + ": its receipt cannot be read: " + kept.error().message);
  if (!*kept && may_be_gone_) return;
  if (!*kept) return timeline_.break_promise(name + " was acknowledged and its receipt is gone");
  if ((*kept)->body != letter.body && !(*kept)->body.empty())
    return timeline_.break_promise(name + " was kept as " + (*kept)->body);
}

void Senders::check() {
  for (const auto& sender : senders_)
    for (const auto& letter : sender->letters) check(*sender, *letter);
}

void Senders::check_convergence() {
  for (const auto& sender : senders_) {
    for (const auto& [id, truth] : sender->truth) {
      const bool lead = sender->format == "apten";
      const auto key = ledger_.record_with(sender->account, lead ? Kind::lead : Kind::contact, id);
      if (!key) return timeline_.break_promise(id + " never came to be");
      const auto& versions = ledger_.records().at(*key);
      const auto is_own = [&](const Known& known) {
        return known.origin.source == "source:" + sender->source;
      };
      if (!std::ranges::all_of(versions, is_own)) continue;  // a number that a client was given, too
      const JsonObject& document = versions.back().document;
      const JsonObject& here = lead ? document.at("additionalInfo").as_object() : document;
      for (const auto& member : truth) {
        if (member.key() == "id" || member.key() == "createdAt") continue;
        const Json* value = here.if_contains(member.key());
        const bool nothing = value == nullptr || value->is_null();
        if (member.value().is_null() ? nothing : value != nullptr && same_json(*value, member.value()))
          continue;
        return timeline_.break_promise(
            fmt::format("{}: {} is {}, its sender last said {}", id, std::string(member.key()),
                        value != nullptr ? to_text(*value) : "absent", to_text(member.value())));
      }
    }
  }
}

}  // namespace deltapost::simulation
