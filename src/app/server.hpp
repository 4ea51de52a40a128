// Server: the whole program, wired once, read top to bottom.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/config.hpp"
#include "base/result.hpp"

namespace deltapost::app {

class Server {
 public:
  /// Opens the store (and makes it when it is not there) and builds everything on it. Nothing listens yet.
  /// `on_lost` is called, on some thread, when nothing can be stored any more (lost()): stop it then.
  static Result<std::unique_ptr<Server>> open(const Config& config, const std::string& master_key_variable,
                                              std::function<void()> on_lost = {});
  ~Server();

  /// To be called in start(), when the store has no account yet, with the key of the first one. Right before
  /// that is committed, so that no store has a key that nobody was told: one that was shown by a start that
  /// ended there is good for nothing, and the next start shows another.
  void on_first_key(std::function<void(const std::string& key)> show);

  Result<void> start();
  /// Why nothing can be stored until the server is started again; nullopt: it can.
  std::optional<Error> lost() const;
  std::uint16_t port() const;

  /// Takes no more requests, answers those in progress, lets deliveries in flight finish, commits what is
  /// known of them. Nothing that was acknowledged is lost, with or without it; with it, nothing is sent twice
  /// either.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace deltapost::app
