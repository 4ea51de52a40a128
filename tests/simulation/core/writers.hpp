// Writers: those who write leads and contacts through the API, each of them keeping book of what it was told.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "simulation/core/api_client.hpp"
#include "simulation/core/ledger.hpp"

namespace deltapost::simulation {

class Writers {
 public:
  Writers(Timeline& timeline, ApiClient& api, System& system, Ledger& ledger);

  /// The accounts to write to: their ids and keys.
  void add_account(AccountId account, std::string key);
  /// One of them writes something.
  void write();
  /// Somebody asks what a record was at some time.
  void look_back();
  /// A person is erased.
  void erase();

  /// After a start, and at the end: all that was acknowledged is there, once.
  void check();

 private:
  struct Write {
    AccountId account;
    RecordKey record;           // an empty id: it is being made
    std::string method, token;  // the token is set in the write's own field
    JsonObject patch;
    bool keyed = false, creates = false;
    std::optional<Version> if_match{};
    std::optional<Told> told{};
    Version version = 0;
    bool changed = false;
  };
  struct Account {
    AccountId id;
    std::string key;
  };

  void create(const Account& account);
  void update(const Account& account, const RecordKey& record);
  void send(const Account& account, std::shared_ptr<Write> write, std::string target);
  void hear(Write& write, const Told& told);
  void check_answer(Write& write);
  JsonObject some_fields(Kind kind, const std::string& token);
  std::string token_path(Kind kind) const;
  std::optional<RecordKey> some_record(const Account& account);

  Timeline& timeline_;
  ApiClient& api_;
  System& system_;
  Ledger& ledger_;
  std::vector<Account> accounts_;
  std::vector<std::shared_ptr<Write>> writes_;
  std::size_t phones_ = 0;
};

}  // namespace deltapost::simulation
