// Certificates made on the spot: an authority of our own, and what it signs. Files live as long as the
// object.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>

namespace deltapost::net::testing {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

/// A PEM file in the temporary folder.
class PemFile {
 public:
  PemFile();
  ~PemFile();
  PemFile(const PemFile&) = delete;
  PemFile& operator=(const PemFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Validity {
  long from_seconds = -3600;  // from now
  long to_seconds = 3600;
};

class Authority;

/// A key and a certificate for `names`, as in "DNS:localhost,IP:127.0.0.1".
class Certificate {
 public:
  Certificate(const Authority& authority, const std::string& names, Validity validity = {});
  const std::string& certificate_file() const { return certificate_.path(); }
  const std::string& key_file() const { return key_.path(); }

 private:
  PemFile certificate_;
  PemFile key_;
};

class Authority {
 public:
  Authority();
  const std::string& file() const { return file_.path(); }

 private:
  friend class Certificate;
  std::unique_ptr<EVP_PKEY, FreeKey> key_;
  std::unique_ptr<X509, FreeCertificate> certificate_;
  PemFile file_;
};

}  // namespace deltapost::net::testing
