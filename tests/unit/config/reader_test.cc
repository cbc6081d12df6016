#include "server/config/reader.h"

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class ReaderTest : public ::testing::Test {
 protected:
  // Writes a file of this test, readable by its owner and by `others`.
  std::string Write(const std::string& name, const std::string& text,
                    mode_t others = 0) {
    const std::string path =
        ::testing::TempDir() + "/" +
        ::testing::UnitTest::GetInstance()->current_test_info()->name() + "_" +
        name;
    std::ofstream(path) << text;
    chmod(path.c_str(), 0600 | others);
    return path;
  }

  absl::StatusOr<Config> ReadYaml(const std::string& yaml, mode_t others = 0) {
    sources_.file = Write("berthd.yaml", yaml, others);
    return Read(sources_);
  }

  // The message of the error that `yaml` makes.
  std::string ErrorOf(const std::string& yaml) {
    return std::string(ReadYaml(yaml).status().message());
  }

  Sources sources_;
};

TEST_F(ReaderTest, DefaultsServeWithoutAFile) {
  auto config = Read(sources_);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->listen, "127.0.0.1:7390");
  EXPECT_THAT(config->databases, ElementsAre("berth"));
  EXPECT_EQ(config->pool.max_size, 32);
}

TEST_F(ReaderTest, ReadsEveryKind) {
  auto config = ReadYaml(R"(
listen: "[::1]:0"
reflection: false
databases: [one, two]
mariadb: {host: db, port: 3307}
pool:
  acquire_timeout: 500ms
limits: {unary_bytes: 64KiB}
log: {format: json}
)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->listen, "[::1]:0");
  EXPECT_FALSE(config->reflection);
  EXPECT_THAT(config->databases, ElementsAre("one", "two"));
  EXPECT_EQ(config->mariadb.host, "db");
  EXPECT_EQ(config->mariadb.port, 3307);
  EXPECT_EQ(config->pool.acquire_timeout, absl::Milliseconds(500));
  EXPECT_EQ(config->limits.unary_bytes, 65536);
  EXPECT_EQ(config->log.format, "json");
}

TEST_F(ReaderTest, TakesAnEmptyFileAndAnEmptySection) {
  EXPECT_TRUE(ReadYaml("").ok());
  EXPECT_TRUE(ReadYaml("# nothing\npool:\n").ok());
}

TEST_F(ReaderTest, EnvironmentWinsOverFileAndFlagsOverBoth) {
  sources_.environment = {{"BERTH_MARIADB_HOST", "of-env"},
                          {"BERTH_DATABASES", "a, b"},
                          {"BERTH_LISTEN", "127.0.0.1:1"}};
  sources_.overrides = {{"listen", "127.0.0.1:2", "--listen"}};
  auto config = ReadYaml("mariadb: {host: of-file}\nlisten: 127.0.0.1:3\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->mariadb.host, "of-env");
  EXPECT_THAT(config->databases, ElementsAre("a", "b"));
  EXPECT_EQ(config->listen, "127.0.0.1:2");
}

TEST_F(ReaderTest, NamesTheNearestKeyForAnUnknownOne) {
  EXPECT_THAT(
      ErrorOf("pool:\n  max_sise: 3\n"),
      AllOf(
          HasSubstr("berthd.yaml:2: "),
          HasSubstr("unknown key pool.max_sise; did you mean pool.max_size?")));
  EXPECT_THAT(ErrorOf("datbases: [a]\n"), HasSubstr("did you mean databases?"));
  EXPECT_THAT(ErrorOf("quux: 1\n"), Not(HasSubstr("did you mean")));
}

TEST_F(ReaderTest, NamesTheNearestVariableForAnUnknownOne) {
  sources_.environment = {{"BERTH_MARIADB_HOTS", "x"}};
  EXPECT_THAT(std::string(Read(sources_).status().message()),
              HasSubstr("did you mean BERTH_MARIADB_HOST?"));
}

TEST_F(ReaderTest, LeavesVariablesOfOthersAlone) {
  sources_.environment = {{"BERTH_ENDPOINT", "x"},
                          {"BERTH_POOL_SERVICE_HOST", "10.0.0.1"},
                          {"BERTH_POOL_PORT_80_TCP", "x"}};
  EXPECT_TRUE(Read(sources_).ok());
}

TEST_F(ReaderTest, ReportsAllProblemsTogetherEachWithItsLine) {
  sources_.environment = {{"BERTH_LOG_LEVEL", "loud"}};
  const std::string message = ErrorOf(
      "reflection: maybe\n"
      "pool:\n"
      "  max_size: 0\n"
      "  acquire_timeout: soon\n"
      "mariadb: 3\n"
      "databases: one\n");
  EXPECT_THAT(message, HasSubstr(".yaml:1: reflection: must be true or false"));
  EXPECT_THAT(message, HasSubstr(".yaml:3: pool.max_size: must be a whole "
                                 "number from 1 to 10000, not `0`"));
  EXPECT_THAT(message,
              HasSubstr(".yaml:4: pool.acquire_timeout: must be a "
                        "duration such as 500ms, 2s or 10m, not `soon`"));
  EXPECT_THAT(message, HasSubstr(".yaml:5: mariadb: must hold keys"));
  EXPECT_THAT(message, HasSubstr(".yaml:6: databases: must be a list"));
  EXPECT_THAT(message, HasSubstr("BERTH_LOG_LEVEL: log.level: must be one of"));
}

TEST_F(ReaderTest, RefusesAKeySetTwice) {
  EXPECT_THAT(ErrorOf("reflection: true\nreflection: false\n"),
              HasSubstr(".yaml:2: reflection: is set twice"));
}

TEST_F(ReaderTest, RefusesBrokenYamlWithItsLine) {
  EXPECT_THAT(ErrorOf("listen: 127.0.0.1:1\npool: [\n"),
              HasSubstr("berthd.yaml:"));
}

TEST_F(ReaderTest, RefusesAMissingFile) {
  sources_.file = "/nonexistent/berthd.yaml";
  EXPECT_EQ(Read(sources_).status().message(),
            "/nonexistent/berthd.yaml: cannot be read");
}

TEST_F(ReaderTest, RefusesToListenBeyondLoopbackUnlessTold) {
  for (const char* address : {"0.0.0.0:7390", "[::]:7390", "10.0.0.1:1"}) {
    sources_.environment = {{"BERTH_LISTEN", address}};
    EXPECT_THAT(std::string(Read(sources_).status().message()),
                HasSubstr("allow_insecure_listen: true"))
        << address;
    sources_.environment["BERTH_ALLOW_INSECURE_LISTEN"] = "true";
    EXPECT_TRUE(Read(sources_).ok()) << address;
  }
  for (const char* address :
       {"127.1.2.3:1", "[::1]:1", "localhost:0", "unix:/tmp/berth.sock"}) {
    sources_.environment = {{"BERTH_LISTEN", address}};
    EXPECT_TRUE(Read(sources_).ok()) << address;
  }
}

TEST_F(ReaderTest, RefusesAnAddressThatIsNone) {
  for (const char* address : {"", "7390", ":7390", "localhost", "localhost:x",
                              "localhost:65536", "::1:7390", "unix:"}) {
    sources_.environment = {{"BERTH_LISTEN", address}};
    EXPECT_FALSE(Read(sources_).ok()) << address;
  }
}

TEST_F(ReaderTest, RefusesSettingsThatContradictEachOther) {
  EXPECT_THAT(ErrorOf("pool: {max_size: 4, min_idle: 5}"),
              HasSubstr("pool.min_idle (5) must not be above pool.max_size"));
  EXPECT_THAT(ErrorOf("mariadb:\n  socket: /s\n  host: h\n"),
              HasSubstr(":3: mariadb.host: contradicts mariadb.socket ("));
  EXPECT_THAT(ErrorOf("mariadb:\n  socket: /s\n  tls: true\n  tls_ca: /c\n"),
              HasSubstr(":3: mariadb.tls: contradicts mariadb.socket ("));
  EXPECT_THAT(ErrorOf("mariadb: {tls: true}"),
              HasSubstr("mariadb.tls: needs mariadb.tls_ca"));
  EXPECT_THAT(ErrorOf("mariadb: {tls_ca: /c}"),
              HasSubstr("mariadb.tls_ca: does nothing without mariadb.tls"));
  EXPECT_THAT(ErrorOf("pool: {idle_timeout: 1h, max_lifetime: 10m}"),
              HasSubstr("pool.idle_timeout (1h) must not be above"));
}

TEST_F(ReaderTest, RefusesDatabasesThatCannotBe) {
  EXPECT_THAT(ErrorOf("databases: []"), HasSubstr("1 to 16"));
  EXPECT_THAT(ErrorOf("databases: [a, A]"), HasSubstr("names `A` twice"));
  EXPECT_THAT(ErrorOf("databases: [mysql]"), HasSubstr("belongs to MariaDB"));
  EXPECT_THAT(ErrorOf("databases: ['a`b']"), HasSubstr("letters"));
}

TEST_F(ReaderTest, ReadsThePasswordFromItsFile) {
  const std::string path = Write("password", "s3cret\n");
  auto config = ReadYaml("mariadb: {password_file: '" + path + "'}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->mariadb.password.Reveal(), "s3cret");
}

TEST_F(ReaderTest, RefusesASecretThatOthersCanRead) {
  const std::string path = Write("password", "s3cret\n", 0004);
  EXPECT_THAT(ErrorOf("mariadb: {password_file: '" + path + "'}"),
              AllOf(HasSubstr("open to other users"), EndsWith(path)));
  auto config = ReadYaml("mariadb: {password: s3cret}", 0044);
  EXPECT_THAT(std::string(config.status().message()),
              AllOf(HasSubstr("open to other users"), Not(HasSubstr("s3c"))));
  EXPECT_TRUE(ReadYaml("mariadb: {password: s3cret}", 0040).ok());
}

TEST_F(ReaderTest, RefusesAPasswordInTwoPlaces) {
  const std::string path = Write("password", "one");
  sources_.environment = {{"BERTH_MARIADB_PASSWORD", "two"}};
  EXPECT_THAT(
      ErrorOf("mariadb: {password_file: '" + path + "'}"),
      HasSubstr("BERTH_MARIADB_PASSWORD: mariadb.password: contradicts"));
}

}  // namespace
}  // namespace berth::config
