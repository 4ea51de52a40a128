#include "app/master_key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace deltapost::app {
namespace {

constexpr std::size_t kKeyBytes = 32;

Result<std::string> parse(std::string text, const std::string& where) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  auto key = from_base64(text);
  if (!key || key->size() != kKeyBytes)
    return Error{.fault = Fault::invalid,
                 .message = fmt::format(
                     "{} must hold the base64 of 32 bytes, as `openssl rand -base64 32` prints", where)};
  return key;
}

/// So that the file's name is on the disk, too.
bool sync_folder_of(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  return synced;
}

Result<std::string> create(const std::string& file, Random& random) {
  const std::string key = random_bytes(random, kKeyBytes);
  const std::string text = base64(key) + "\n";
  // Written beside and renamed, so that a start that ends in the middle leaves no half of it.
  const std::string partial = file + ".partial";
  const int fd = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(fd) == 0 && ::rename(partial.c_str(), file.c_str()) == 0 && sync_folder_of(file);
  const std::string why = std::strerror(errno);
  if (fd >= 0) ::close(fd);
  if (!written)
    return Error{.fault = Fault::unavailable,
                 .message = fmt::format("cannot write the master key to {}: {}", file, why)};
  return key;
}

Result<std::string> from_file(const std::string& file, bool may_create, Random& random) {
  std::ifstream in(file);
  if (!in) {
    if (may_create) return create(file, random);
    return Error{.fault = Fault::not_found,
                 .message = fmt::format(
                     "the master key {} is missing; put it back, or name it with --master-key-file "
                     "or DELTAPOST_MASTER_KEY: without it the secrets in the store cannot be opened",
                     file)};
  }
  struct stat info {};
  if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 077) != 0)
    return Error{.fault = Fault::invalid,
                 .message = fmt::format("others may read the master key {}; run: chmod 600 {}", file, file)};
  std::string text;
  std::getline(in, text);
  return parse(std::move(text), file);
}

}  // namespace

Result<MasterKey> load_master_key(const std::string& variable, const std::string& file, bool may_create,
                                  Random& random) {
  auto key = variable.empty() ? from_file(file, may_create, random) : parse(variable, "DELTAPOST_MASTER_KEY");
  if (!key) return key.error();
  // The key's id is derived from it, so that another key is told from an altered secret.
  const std::string id = hex(sha256(*key)).substr(0, 8);
  auto sealer = Sealer::make({{id, *key}}, id, random);
  if (!sealer) return sealer.error();
  return MasterKey{*std::move(sealer), hmac_sha256(*key, "deltapost cursors")};
}

}  // namespace deltapost::app
