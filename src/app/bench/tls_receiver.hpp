// TlsReceiver: endpoints over TLS, with a certificate that is made for the run and thrown away. It rests on
// the server of net/, which costs more than the wire of the benchmark's own.
#pragma once

#include <string>

#include "app/bench/arrival_log.hpp"
#include "base/result.hpp"
#include "net/server.hpp"

namespace deltapost::app::bench {

class TlsReceiver {
 public:
  /// The certificate and its key are written to the folder.
  TlsReceiver(ArrivalLog& log, std::string folder);

  Result<void> start();
  void stop();
  std::string url(std::uint32_t endpoint) const;
  /// What a client has to trust.
  std::string ca_file() const { return folder_ + "/receiver.pem"; }

 private:
  std::string folder_;
  net::Server server_;
};

}  // namespace deltapost::app::bench
