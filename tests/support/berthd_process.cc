#include "tests/support/berthd_process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kReady[] = "berthd ready on ";
// Bytes of the log that a failed test shows.
constexpr size_t kTailBytes = 4000;

std::string Config(const MariadbServer& mariadb,
                   const BerthdProcess::Options& options) {
  std::string to =
      options.mariadb_port == 0
          ? absl::StrCat("  socket: ", mariadb.socket(), "\n")
          : absl::StrCat("  host: 127.0.0.1\n  port: ", options.mariadb_port,
                         "\n");
  return absl::StrCat("listen: 127.0.0.1:0\ndatabases: ", options.databases,
                      "\nmariadb:\n  user: berth\n", to, options.config);
}

}  // namespace

client::Options WithoutRetries() {
  client::Options options;
  options.retry_policy =
      std::make_shared<client::LimitedAttemptsRetryPolicy>(1);
  return options;
}

// Another build of it may be named, such as one under a sanitizer.
const char* BerthdProcess::Program() {
  const char* named = std::getenv("BERTH_TEST_BERTHD");
  return named != nullptr ? named : BERTHD_PATH;
}

BerthdProcess::BerthdProcess(const MariadbServer& mariadb,
                             const Options& options) {
  const std::string config = dir_.File("berthd.yaml");
  WriteFile(config, Config(mariadb, options));
  ChildProcess::Files files;
  files.out = dir_.File("berthd.log");
  process_ = ChildProcess({Program(), "--config", config}, files);
  size_t at = std::string::npos;
  std::string log;
  const bool told = Eventually(
      [&] {
        const bool ended = process_.WaitFor(absl::ZeroDuration());
        log = Log();
        at = log.find(kReady);
        return ended ||
               (at != log.npos && log.find('\n', at) != std::string::npos);
      },
      kPatience);
  if (!told || !process_.running()) {
    std::fprintf(stderr, "berthd is not ready:\n%s\n", log.c_str());
    std::abort();
  }
  const size_t begin = at + sizeof(kReady) - 1;
  endpoint_ = log.substr(begin, log.find('\n', at) - begin);
}

BerthdProcess::~BerthdProcess() {
  // A sanitizer that found something ends berthd with a status of its own.
  const bool ended_well = !process_.running() || Stop() == 0;
  if (!ended_well || !::testing::UnitTest::GetInstance()->Passed()) {
    const std::string log = Log();
    const size_t from = log.size() > kTailBytes ? log.size() - kTailBytes : 0;
    std::fprintf(stderr, "berthd on %s has logged:\n%s\n", endpoint_.c_str(),
                 log.c_str() + from);
  }
  if (!ended_well) {
    std::fprintf(stderr, "berthd ended with status %d\n",
                 process_.exit_status());
    std::abort();
  }
}

int BerthdProcess::port() const {
  return std::atoi(endpoint_.c_str() + endpoint_.rfind(':') + 1);
}

client::Client BerthdProcess::Connect(client::Options options) const {
  return client::Client::Connect(endpoint_, std::move(options)).value();
}

int BerthdProcess::Stop() {
  process_.Signal(SIGCONT);
  process_.Signal(SIGTERM);
  if (!process_.WaitFor(kPatience)) {
    ADD_FAILURE() << "berthd does not stop";
    process_.Kill();
  }
  return process_.exit_status();
}

void BerthdProcess::Freeze() { process_.Signal(SIGSTOP); }

void BerthdProcess::Thaw() { process_.Signal(SIGCONT); }

}  // namespace berth::test
