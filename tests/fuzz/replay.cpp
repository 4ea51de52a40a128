// Plays the corpora and everything that the fuzzers ever found, with the ordinary compiler. Usage: <program>
// <folder>, which holds a folder for each target. A property that does not hold ends the process; the last
// line names the file.
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/targets.hpp"

namespace {

namespace fs = std::filesystem;

struct Target {
  const char* name;
  void (*run)(std::string_view input);
};

constexpr std::array kTargets{
    Target{"http_request", deltapost::fuzz::http_request},
    Target{"http_response", deltapost::fuzz::http_response},
    Target{"url", deltapost::fuzz::url},
    Target{"json", deltapost::fuzz::json},
    Target{"lead", deltapost::fuzz::lead},
    Target{"contact", deltapost::fuzz::contact},
    Target{"inbound_apten", deltapost::fuzz::inbound_apten},
    Target{"inbound_iclosed", deltapost::fuzz::inbound_iclosed},
    Target{"inbound_standard", deltapost::fuzz::inbound_standard},
    Target{"inbound_generic", deltapost::fuzz::inbound_generic},
    Target{"inbound_form", deltapost::fuzz::inbound_form},
    Target{"signature_headers", deltapost::fuzz::signature_headers},
    Target{"cursor", deltapost::fuzz::cursor},
    Target{"condition", deltapost::fuzz::condition},
    Target{"schema", deltapost::fuzz::schema},
    Target{"config", deltapost::fuzz::config},
    Target{"api_key", deltapost::fuzz::api_key},
    Target{"retry_after", deltapost::fuzz::retry_after},
    Target{"field_path", deltapost::fuzz::field_path},
    Target{"encoding", deltapost::fuzz::encoding},
};

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fprintf(stderr, "usage: %s <folder of the corpora>\n", arguments[0]), 2;
  for (const Target& target : kTargets) {
    const auto files = files_in(fs::path(arguments[1]) / target.name);
    if (files.empty()) return std::fprintf(stderr, "%s has no corpus\n", target.name), 1;
    for (const fs::path& file : files) {
      std::fprintf(stderr, "%s/%s\n", target.name, file.filename().c_str());
      target.run(content(file));
    }
  }
  return 0;
}
