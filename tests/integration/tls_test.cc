// TLS between berthd and MariaDB: verified, never left out in silence, and a
// slow statement over it delays nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/support/berthd_process.h"
#include "tests/support/child_process.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"

namespace berth::test {
namespace {

using client::Client;
using client::Session;

// Two authorities; the first has signed a certificate for 127.0.0.1 and one for
// another address.
class Certificates {
 public:
  Certificates() {
    MakeAuthority("ca");
    MakeAuthority("other");
    MakeCertificate("server", "IP:127.0.0.1");
    MakeCertificate("elsewhere", "IP:127.0.0.9");
  }
  std::string File(const std::string& name) const { return dir_.File(name); }

 private:
  void MakeAuthority(const std::string& name) {
    OpenSsl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=berth test " + name, "-keyout", File(name + ".key"),
             "-out", File(name + ".pem")});
  }
  void MakeCertificate(const std::string& name, const std::string& holder) {
    OpenSsl({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mariadb",
             "-keyout", File(name + ".key"), "-out", File(name + ".csr")});
    WriteFile(File(name + ".ext"), "subjectAltName=" + holder + "\n");
    OpenSsl({"x509", "-req", "-in", File(name + ".csr"), "-CA", File("ca.pem"),
             "-CAkey", File("ca.key"), "-CAcreateserial", "-days", "2",
             "-extfile", File(name + ".ext"), "-out", File(name + ".pem")});
  }
  void OpenSsl(std::vector<std::string> argv) {
    argv.insert(argv.begin(), "openssl");
    ChildProcess::Files files;
    files.out = File("log");
    ChildProcess openssl(argv, files);
    if (openssl.WaitFor(absl::Seconds(60)) && openssl.exit_status() == 0) {
      return;
    }
    std::fprintf(stderr, "openssl has failed:\n%s\n",
                 ReadFile(files.out).c_str());
    std::abort();
  }

  TempDir dir_;
};

const Certificates& Files() {
  static const Certificates certificates;
  return certificates;
}

// What makes a mariadbd show the certificate `name`.
std::vector<std::string> Showing(const std::string& name) {
  return {"--ssl-ca=" + Files().File("ca.pem"),
          "--ssl-cert=" + Files().File(name + ".pem"),
          "--ssl-key=" + Files().File(name + ".key")};
}

// A berthd that reaches MariaDB over TLS and knows the authority `ca`.
BerthdProcess::Options Tls(const MariadbServer& mariadb,
                           const std::string& ca) {
  BerthdProcess::Options options;
  options.mariadb_port = mariadb.port();
  // Goes on with the section `mariadb`.
  options.config = "  tls: true\n  tls_ca: " + Files().File(ca) + "\n";
  return options;
}

class TlsTest : public ::testing::Test {
 protected:
  static MariadbServer& Mariadb() {
    static MariadbServer mariadb(Showing("server"));
    return mariadb;
  }
  static void ExpectRefused(const BerthdProcess& berthd) {
    const Client client = berthd.Connect(WithoutRetries());
    EXPECT_THAT(client.CheckHealth(), HasReason("NOT_SERVING"));
    const absl::Status status = client.Execute(Sql("SELECT 1")).status();
    EXPECT_THAT(status, HasReason("DATABASE_MISCONFIGURED"));
    EXPECT_EQ(client::OutcomeOf(status), client::Outcome::kNotDone);
    std::printf("%s\n", std::string(status.message()).c_str());
  }
};

TEST_F(TlsTest, StatementsTravelEncrypted) {
  BerthdProcess berthd(Mariadb(), Tls(Mariadb(), "ca.pem"));
  const Client client = berthd.Connect(WithoutRetries());
  Session session = client.OpenSession().value();
  auto cipher = session.Execute("SHOW STATUS LIKE 'Ssl_cipher'");
  ASSERT_THAT(cipher, IsOk());
  EXPECT_GT(Cells(cipher->at(0)).size(), std::string("Ssl_cipher,").size());
  std::printf("%s\n", Cells(cipher->at(0)).c_str());
  // Many TLS records, both ways.
  auto large = session.Execute("SELECT REPEAT('x', 10000000)");
  ASSERT_THAT(large, IsOk());
  EXPECT_EQ(FirstCell(large->at(0)), std::string(10'000'000, 'x'));
  auto length = session.Execute("SELECT LENGTH(?)",
                                client::Values(std::string(10'000'000, 'x')));
  ASSERT_THAT(length, IsOk());
  EXPECT_EQ(FirstCell(length->at(0)), "10000000");
}

TEST_F(TlsTest, CertificateOfAnotherAuthorityIsRefused) {
  ExpectRefused(BerthdProcess(Mariadb(), Tls(Mariadb(), "other.pem")));
}

TEST_F(TlsTest, CertificateOfAnotherMachineIsRefused) {
  MariadbServer elsewhere(Showing("elsewhere"));
  ExpectRefused(BerthdProcess(elsewhere, Tls(elsewhere, "ca.pem")));
}

TEST_F(TlsTest, MariadbWithoutTlsIsRefused) {
  MariadbServer plain({"--skip-ssl"});
  ExpectRefused(BerthdProcess(plain, Tls(plain, "ca.pem")));
}

// libmariadb leaves the socket of a TLS connection blocking (CONC-594), which
// would stop everything on the shard.
TEST_F(TlsTest, SlowStatementDelaysNobody) {
  BerthdProcess berthd(Mariadb(), Tls(Mariadb(), "ca.pem"));
  const Client client = berthd.Connect(WithoutRetries());
  ASSERT_THAT(client.Execute(Sql("SELECT 1")), IsOk());
  absl::Notification done;
  std::thread slow([&] {
    Session session = client.OpenSession().value();
    EXPECT_THAT(session.Execute("SELECT SLEEP(2)"), IsOk());
    done.Notify();
  });
  absl::Duration slowest;
  int calls = 0;
  while (!done.HasBeenNotified()) {
    const absl::Time start = absl::Now();
    EXPECT_THAT(client.Execute(Sql("SELECT 1")), IsOk());
    slowest = std::max(slowest, absl::Now() - start);
    ++calls;
    absl::SleepFor(absl::Milliseconds(1));
  }
  slow.join();
  EXPECT_GT(calls, 20);
  EXPECT_LT(slowest, absl::Milliseconds(500));
  std::printf("%d calls, the slowest %s\n", calls,
              absl::FormatDuration(slowest).c_str());
}

}  // namespace
}  // namespace berth::test
