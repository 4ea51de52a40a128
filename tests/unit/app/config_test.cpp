#include "app/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace deltapost::app {
namespace {

using ::testing::HasSubstr;

class ConfigFile : public ::testing::Test {
 protected:
  ConfigFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "deltapost-config-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/deltapost.toml";
  }
  ~ConfigFile() override { std::filesystem::remove_all(folder_); }

  ConfigInput with_file(const std::string& content) {
    std::ofstream(path_) << content;
    return {.flags = {}, .environment = {}, .file = path_};
  }

  std::string folder_, path_;
};

TEST_F(ConfigFile, FlagsWinOverVariablesWhichWinOverTheFileWhichWinsOverDefaults) {
  ConfigInput input = with_file("store = 'file.db'\nthreads = 2\nlisten = '127.0.0.1:1'\n");
  EXPECT_EQ(load_config(input)->config.store, "file.db");
  input.environment = {{"DELTAPOST_STORE", "variable.db"}, {"DELTAPOST_THREADS", "3"}};
  EXPECT_EQ(load_config(input)->config.store, "variable.db");
  input.flags = {{"store", "flag.db"}};
  auto loaded = load_config(input);
  EXPECT_EQ(loaded->config.store, "flag.db");
  EXPECT_EQ(loaded->config.threads, 3);
  EXPECT_EQ(loaded->config.port, 1);
  EXPECT_EQ(loaded->config.drain, std::chrono::seconds{10});
  EXPECT_EQ(loaded->origins.at("store").from, "--store");
  EXPECT_EQ(loaded->origins.at("threads").from, "DELTAPOST_THREADS");
}

TEST_F(ConfigFile, AnUnknownKeyIsAnErrorThatNamesTheNearestOne) {
  auto loaded = load_config(with_file("\nthread = 2\n"));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr(":2: unknown key thread; did you mean threads?"));
}

TEST_F(ConfigFile, AnUnknownVariableIsAnError) {
  auto loaded =
      load_config({.flags = {}, .environment = {{"DELTAPOST_STOR", "x"}, {"PATH", "y"}}, .file = {}});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("DELTAPOST_STOR; did you mean DELTAPOST_STORE?"));
}

TEST_F(ConfigFile, WhatItPrintsLoadsAgainToTheSame) {
  ConfigInput input = with_file("allow_network = ['10.0.0.0/8', '127.0.0.0/8']\nverify_tls = false\n");
  auto first = load_config(input);
  ASSERT_TRUE(first);
  auto second = load_config(with_file(print_config(first->origins)));
  ASSERT_TRUE(second) << second.error().message;
  for (const Setting& setting : settings())
    EXPECT_EQ(first->origins.at(setting.name).value, second->origins.at(setting.name).value) << setting.name;
  EXPECT_EQ(second->config.allow_network.size(), 2u);
  EXPECT_FALSE(second->config.verify_tls);
}

TEST_F(ConfigFile, WhatItPrintsLoadsAgainWhateverTheValuesHold) {
  const ConfigInput input{{{"store", "C:\\a \"quoted\"\nline\t'\x01.db"}, {"ca_file", "Zürich.pem"}},
                          {{"DELTAPOST_THREADS", "007"}, {"DELTAPOST_DRAIN_SECONDS", "-0"}},
                          ""};
  const auto first = load_config(input);
  ASSERT_TRUE(first) << first.error().message;
  const std::string printed = print_config(first->origins);
  EXPECT_THAT(printed, HasSubstr("Zürich.pem"));
  const auto second = load_config(with_file(printed));
  ASSERT_TRUE(second) << second.error().message << "\n" << printed;
  for (const Setting& setting : settings())
    EXPECT_EQ(first->origins.at(setting.name).value, second->origins.at(setting.name).value) << setting.name;
}

struct BadValue {
  const char *name, *value, *cure;
};

class BadConfig : public ::testing::TestWithParam<BadValue> {};

TEST_P(BadConfig, IsRefusedWithTheSettingAndWhatWouldBeRight) {
  auto loaded = load_config({.flags = {{GetParam().name, GetParam().value}}, .environment = {}, .file = {}});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr(GetParam().name));
  EXPECT_THAT(loaded.error().message, HasSubstr(GetParam().cure));
}

INSTANTIATE_TEST_SUITE_P(EverySetting, BadConfig,
                         ::testing::Values(BadValue{"listen", "8080", "127.0.0.1:8080"},
                                           BadValue{"listen", "127.0.0.1:70000", "a port"},
                                           BadValue{"threads", "0", "from 1 to 64"},
                                           BadValue{"threads", "two", "whole number"},
                                           BadValue{"allow_network", "10.0.0.1/99", "10.0.0.0/8"},
                                           BadValue{"verify_tls", "yes", "true, false"},
                                           BadValue{"log_format", "xml", "readable, json"},
                                           BadValue{"log_level", "loud", "debug, info"},
                                           BadValue{"max_body_bytes", "1", "from 1024"},
                                           BadValue{"max_body_memory", "1048575", "at least max_body_bytes"},
                                           BadValue{"tls_key", "key.pem", "go together"}));

}  // namespace
}  // namespace deltapost::app
