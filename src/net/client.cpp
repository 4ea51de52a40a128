#include "net/client.hpp"

#include <future>

#include "net/client_core.hpp"

namespace deltapost::net {

struct Client::Impl {
  Loop& loop;
  std::shared_ptr<ClientCore> core;
};

Client::Client(Loop& loop, ClientOptions options)
    : impl_(new Impl{loop, std::make_shared<ClientCore>(loop, std::move(options))}) {}

Client::~Client() {
  if (!impl_->loop.running()) {
    impl_->core->abandon();
    return;
  }
  // A loop that is stopped meanwhile drops the function and with it the promise, which ends the wait, too.
  std::promise<void> closed;
  const auto done = closed.get_future();
  impl_->loop.post([core = impl_->core, promise = std::move(closed)]() mutable {
    core->close("the client was closed");
    promise.set_value();
  });
  done.wait();
}

Result<void> Client::check(const ClientOptions& options) {
  auto tls = client_tls(options.verify_tls, options.ca_file);
  return tls ? ok() : Result<void>(tls.error());
}

void Client::send(OutRequest request, UniqueFunction<void(OutResult)> done) {
  impl_->loop.post([core = impl_->core, request = std::move(request), done = std::move(done)]() mutable {
    core->send(std::move(request), std::move(done));
  });
}

}  // namespace deltapost::net
