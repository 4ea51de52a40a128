// Senders: other systems that post webhooks to the system's sources: whole objects (iClosed), changes
// (Apten). What they send comes late, twice, out of order, damaged, or from somebody else.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulation/core/api_client.hpp"
#include "simulation/core/ledger.hpp"

namespace deltapost::simulation {

/// One webhook, and what became of it.
struct Letter {
  enum class Nature {
    honest,     // what the sender has to say; until it is acknowledged, it is sent again
    repeated,   // the same again, although it was acknowledged
    other,      // an acknowledged one's id with another content
    damaged,    // a byte was changed on the way
    forged,     // signed with another secret
    senseless,  // signed, and no JSON
  };
  Nature nature = Nature::honest;
  std::string body, signature, token;
  int tries = 0;
  bool acknowledged = false;
  int status = 0;
  store::ReceiptNumber receipt = 0;
  std::string verdict;
};

/// One source and who posts to it.
struct Sender {
  std::string format;                 // iclosed, apten
  std::string source, token, secret;  // the source's id, its URL's token
  AccountId account;
  std::map<std::string, JsonObject> truth;  // by id: what its records are
  std::map<std::string, Time> told_at;      // by id: the time of the newest statement
  std::vector<std::shared_ptr<Letter>> letters;
};

class Senders {
 public:
  Senders(Timeline& timeline, Network& network, ApiClient& api, System& system, Ledger& ledger);

  /// Makes a source; its sender begins once it knows the source's address.
  void add(std::string format, AccountId account, std::string api_key);
  /// Something changes at one of them, or somebody interferes.
  void act();
  bool all_acknowledged() const;

  /// Retention may have dropped receipts.
  void receipts_may_be_gone() { may_be_gone_ = true; }
  /// After a start, and at the end: receipts that were acknowledged are kept as they were told, and changed
  /// what they said they did.
  void check();
  /// At the end: each record is as its sender last said, whatever came on the way.
  void check_convergence();

 private:
  void change(Sender& sender);
  JsonObject iclosed(Sender& sender, const std::string& token);
  JsonObject apten(Sender& sender, const std::string& token);
  void post(Sender& sender, const std::shared_ptr<Letter>& letter, Millis delay);
  void hear(Sender& sender, const std::shared_ptr<Letter>& letter, const net::OutResult& result);
  void interfere(Sender& sender);
  void check(const Sender& sender, const Letter& letter);
  std::string sign(const Sender& sender, const std::string& body) const;
  std::string token_path(const Sender& sender) const;
  Time later_than_all(Sender& sender, const std::string& id);

  Timeline& timeline_;
  Network& network_;
  ApiClient& api_;
  System& system_;
  Ledger& ledger_;
  std::vector<std::unique_ptr<Sender>> senders_;
  std::size_t tokens_ = 0;
  bool may_be_gone_ = false;
};

}  // namespace deltapost::simulation
