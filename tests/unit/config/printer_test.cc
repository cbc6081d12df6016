#include "server/config/printer.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config/keys.h"
#include "server/config/reader.h"

namespace berth::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PrinterTest, PrintsEveryKeyWithItsVariable) {
  const std::string printed = Print(Config());
  for (const Key& key : Keys()) {
    const std::string name(key.name.substr(key.name.rfind('.') + 1));
    EXPECT_THAT(printed, HasSubstr(absl::StrCat(name, ":"))) << key.name;
    // The variable may stand at the start of a comment line, never divided.
    EXPECT_THAT(printed, HasSubstr(EnvironmentName(key.name))) << key.name;
  }
}

TEST(PrinterTest, MasksSecrets) {
  Config config;
  config.mariadb.password = Secret("s3cret");
  EXPECT_THAT(Print(config), HasSubstr("# password: ***\n"));
  EXPECT_THAT(Print(config), Not(HasSubstr("s3cret")));
  EXPECT_THAT(Print(Config()), Not(HasSubstr("***")));
}

TEST(PrinterTest, WhatIsPrintedReadsBackAsTheSame) {
  Config config;
  config.listen = "[::1]:1";
  config.databases = {"one", "two"};
  config.mariadb.user = "a: # b";
  config.mariadb.socket = "/run/mysqld/mysqld.sock";
  config.pool.acquire_timeout = absl::Milliseconds(1500);
  config.limits.unary_bytes = 100'000;
  config.embedded.data_dir = "/var/lib/it's";
  const std::string path = ::testing::TempDir() + "/printer_test.yaml";
  std::ofstream(path) << Print(config);
  auto read = Read({path, {}, {}});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Print(*read), Print(config));
  EXPECT_EQ(read->mariadb.user, "a: # b");
}

TEST(PrinterTest, TheSampleInDeployIsWhatIsPrinted) {
  std::ifstream file(BERTH_SOURCE_DIR "/deploy/config/berthd.yaml");
  const std::string sample{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(sample, Print(Config()))
      << "berthd --print-config > deploy/config/berthd.yaml";
}

TEST(PrinterTest, TheMinimalSampleIsRight) {
  auto read = Read({BERTH_SOURCE_DIR "/deploy/config/minimal.yaml", {}, {}});
  // All but the password, which is on the operator's machine.
  EXPECT_THAT(std::string(read.status().message()),
              HasSubstr("minimal.yaml:7: mariadb.password_file: cannot read"));
  EXPECT_THAT(std::string(read.status().message()), Not(HasSubstr("\n")));
}

TEST(KeysTest, HaveDistinctVariables) {
  for (const Key& a : Keys()) {
    EXPECT_EQ(FindKey(a.name), &a);
    for (const Key& b : Keys()) {
      if (&a != &b) {
        EXPECT_NE(EnvironmentName(a.name), EnvironmentName(b.name));
      }
    }
  }
}

}  // namespace
}  // namespace berth::config
