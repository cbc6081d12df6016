// However a client leaves, its statement is killed, its transaction rolled back
// and its locks are free.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/support/child_process.h"
#include "tests/support/raw_rpc.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tcp_gate.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using client::Session;
using client::ToValue;

// What a client that can still speak, or whose machine says that it is gone,
// may take to be noticed.
constexpr absl::Duration kSoon = absl::Seconds(3);
// What a silent one may take: berthd asks after 10 s and waits for 10 s.
constexpr absl::Duration kSilent = absl::Seconds(25);

TestServers& Servers() {
  static TestServers servers = [] {
    BerthdProcess::Options options;
    // A silent client is noticed by itself, and others wait for it meanwhile.
    options.config = "session:\n  transaction_idle: 1m\n";
    return TestServers(options);
  }();
  return servers;
}

// What the client is doing when it leaves. Each has a row of its own, so that
// several can be tried at once.
enum Doing { kSleeping, kWaitingForALock, kInTransaction };
constexpr Doing kAll[] = {kSleeping, kWaitingForALock, kInTransaction};
const char* const kNames[] = {"sleeping", "waiting for a lock",
                              "in a transaction"};

// A client in the middle of something, on its own row of the table `t`.
class Scene {
 public:
  explicit Scene(Doing doing) : doing_(doing) {
    static int last = 0;
    row_ = ++last;
    Servers().mariadb.Sql(absl::StrCat(
        "CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, v INT NOT NULL);"
        "INSERT INTO t VALUES (",
        row_, ", 0)"));
    if (doing == kWaitingForALock) {
      holder_ =
          std::make_unique<Session>(Servers().client.OpenSession().value());
      EXPECT_THAT(holder_->Begin(), IsOk());
      EXPECT_THAT(holder_->Execute(Update(1)), IsOk());
    }
  }

  // What the client says, the last without waiting for its answer.
  std::vector<std::string> Statements() const {
    switch (doing_) {
      case kSleeping:
        return {absl::StrCat("...SELECT SLEEP(60) AS scene_", row_)};
      case kWaitingForALock:
        return {absl::StrCat("...", Update(2))};
      default:
        return {"START TRANSACTION", Update(3)};
    }
  }

  // Waits until MariaDB sees it.
  void WaitUntilDoing() {
    SCOPED_TRACE(kNames[doing_]);
    EXPECT_TRUE(Eventually([this] { return Visible() == "1"; }))
        << BusyConnections(Servers().mariadb);
  }

  // Nothing of it is left within `patience`, and somebody else gets its lock.
  void ExpectGone(absl::Duration patience) {
    SCOPED_TRACE(absl::StrCat(kNames[doing_], ", row ", row_));
    EXPECT_TRUE(Eventually([this] { return Visible() == "0"; }, patience))
        << BusyConnections(Servers().mariadb);
    if (holder_ != nullptr) {
      EXPECT_THAT(holder_->Rollback(), IsOk());
      EXPECT_THAT(holder_->End(), IsOk());
    }
    client::CallOptions quick;
    quick.timeout = absl::Seconds(2);
    EXPECT_THAT(Servers().client.Update(
                    UpdateOf("t", "v", ToValue(7), "v = 0 AND id = ?",
                             client::Values(row_)),
                    quick),
                IsOk());
    // Nothing of what the client wrote was kept or done later.
    EXPECT_EQ(Servers().mariadb.Sql(
                  absl::StrCat("SELECT v FROM t WHERE id = ", row_)),
              "7");
  }

 private:
  std::string Update(int v) const {
    return absl::StrCat("UPDATE t SET v = ", v, " WHERE id = ", row_,
                        " /* scene_", row_, "_ */");
  }

  // How many connections run its statement or hold its transaction.
  std::string Visible() const {
    if (doing_ == kInTransaction) {
      // It runs nothing, but has its row locked.
      return Servers().mariadb.Sql(
                 absl::StrCat("SELECT COUNT(*) FROM t WHERE id = ", row_,
                              " FOR UPDATE SKIP LOCKED")) == "0"
                 ? "1"
                 : "0";
    }
    return Servers().mariadb.Sql(absl::StrCat(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE user = "
        "'berth' AND info LIKE '%scene\\_",
        row_, doing_ == kSleeping ? "'" : "\\_ %'"));
  }

  const Doing doing_;
  int row_ = 0;
  std::unique_ptr<Session> holder_;
};

// A client in a process of its own.
class ClientProcess {
 public:
  ClientProcess(const Scene& scene, const std::string& endpoint) {
    std::vector<std::string> argv = {SESSION_CLIENT_PATH, endpoint};
    for (const std::string& sql : scene.Statements()) argv.push_back(sql);
    ChildProcess::Files files;
    files.out = dir_.File("out");
    process_ = ChildProcess(argv, files);
    EXPECT_TRUE(Eventually([&] { return !ReadFile(files.out).empty(); }));
  }
  ChildProcess& process() { return process_; }

 private:
  TempDir dir_;
  ChildProcess process_;
};

Session SessionIn(const Scene& scene, const client::Client& client) {
  Session session = client.OpenSession().value();
  for (const std::string& sql : scene.Statements()) {
    if (sql.rfind("...", 0) == 0) {
      EXPECT_THAT(session.Send(Request(Sql(sql.substr(3)))), IsOk());
    } else {
      EXPECT_THAT(session.Execute(sql), IsOk());
    }
  }
  return session;
}

TEST(EndsTest, Cancel) {
  for (const Doing doing : kAll) {
    Scene scene(doing);
    Session session = SessionIn(scene, Servers().client);
    scene.WaitUntilDoing();
    session.Cancel();
    scene.ExpectGone(kSoon);
  }
}

TEST(EndsTest, Destructor) {
  for (const Doing doing : kAll) {
    Scene scene(doing);
    {
      Session session = SessionIn(scene, Servers().client);
      scene.WaitUntilDoing();
    }
    scene.ExpectGone(kSoon);
  }
}

TEST(EndsTest, DeadlineOfAUnaryCall) {
  for (const Doing doing : {kSleeping, kWaitingForALock}) {
    Scene scene(doing);
    client::CallOptions options;
    options.timeout = absl::Milliseconds(500);
    const absl::Time start = absl::Now();
    EXPECT_THAT(
        Servers().client.Execute(Sql(scene.Statements()[0].substr(3)), options),
        StatusIs(absl::StatusCode::kDeadlineExceeded));
    EXPECT_LT(absl::Now() - start, absl::Seconds(1));
    scene.ExpectGone(kSoon);
  }
}

TEST(EndsTest, KilledProcess) {
  for (const Doing doing : kAll) {
    Scene scene(doing);
    ClientProcess client(scene, Servers().berthd.endpoint());
    scene.WaitUntilDoing();
    client.process().Kill();
    scene.ExpectGone(kSoon);
  }
}

TEST(EndsTest, CutConnection) {
  for (const Doing doing : kAll) {
    Scene scene(doing);
    TcpGate gate(Servers().berthd.port());
    Session session =
        SessionIn(scene, client::Client::Connect(gate.endpoint()).value());
    scene.WaitUntilDoing();
    gate.Cut();
    scene.ExpectGone(kSoon);
    EXPECT_TRUE(Eventually([&] { return !session.Alive(); }));
  }
}

// To say that no more requests follow is no reason to kill at once those that
// were sent: their answers come, then the session ends and rolls back.
TEST(EndsTest, HalfCloseAnswersWhatWasSentAndEnds) {
  for (const Doing doing : {kWaitingForALock, kInTransaction}) {
    Scene scene(doing);
    RawSession session(Servers().berthd.endpoint());
    v1::SessionRequest request;
    uint32_t id = 0;
    request.set_request_id(++id);
    request.mutable_open();
    ASSERT_TRUE(session.Send(request));
    std::vector<std::string> statements = scene.Statements();
    statements.push_back("SELECT SLEEP(0.2)");
    statements.insert(statements.begin(), "SET innodb_lock_wait_timeout = 1");
    for (const std::string& sql : statements) {
      request = Request(Sql(sql.rfind("...", 0) == 0 ? sql.substr(3) : sql));
      request.set_request_id(++id);
      ASSERT_TRUE(session.Send(request));
    }
    session.HalfClose();
    for (uint32_t answered = 1; answered <= id; ++answered) {
      auto answer = session.Receive();
      ASSERT_TRUE(answer.has_value());
      EXPECT_EQ(answer->request_id(), answered);
    }
    EXPECT_THAT(session.Finish(), IsOk());
    scene.ExpectGone(kSoon);
  }
}

// But not for ever: what runs or waits after the grace is killed.
TEST(EndsTest, HalfCloseEndsWhatTakesLonger) {
  for (const Doing doing : {kSleeping, kWaitingForALock}) {
    Scene scene(doing);
    RawSession session(Servers().berthd.endpoint());
    v1::SessionRequest request;
    request.set_request_id(1);
    request.mutable_open();
    ASSERT_TRUE(session.Send(request));
    request = Request(Sql(scene.Statements()[0].substr(3)));
    request.set_request_id(2);
    ASSERT_TRUE(session.Send(request));
    scene.WaitUntilDoing();
    session.HalfClose();
    ASSERT_TRUE(session.Receive().has_value());
    const auto answer = session.Receive();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->error().code(),
              static_cast<int>(absl::StatusCode::kCancelled));
    EXPECT_THAT(answer->error().message(),
                ::testing::HasSubstr("keep the stream open"));
    EXPECT_THAT(session.Finish(), IsOk());
    scene.ExpectGone(kSoon);
  }
}

// The three silent ways at once, since each takes berthd's keepalive.
TEST(EndsTest, FrozenProcessAndSilentNetworkAreNoticed) {
  TcpGate gate(Servers().berthd.port());
  const auto through_gate = client::Client::Connect(gate.endpoint()).value();
  TcpGate deaf_gate(Servers().berthd.port());
  const auto through_deaf =
      client::Client::Connect(deaf_gate.endpoint()).value();
  std::vector<Scene> scenes;
  std::vector<std::unique_ptr<ClientProcess>> frozen;
  std::vector<Session> cut_off;
  for (const Doing doing : kAll) {
    scenes.emplace_back(doing);
    frozen.push_back(std::make_unique<ClientProcess>(
        scenes.back(), Servers().berthd.endpoint()));
    scenes.back().WaitUntilDoing();
    scenes.emplace_back(doing);
    cut_off.push_back(SessionIn(scenes.back(), through_gate));
    scenes.back().WaitUntilDoing();
    scenes.emplace_back(doing);
    cut_off.push_back(SessionIn(scenes.back(), through_deaf));
    scenes.back().WaitUntilDoing();
  }
  for (const auto& client : frozen) client->process().Signal(SIGSTOP);
  gate.SwallowBoth();
  deaf_gate.Swallow(TcpGate::kToServer);
  const absl::Time start = absl::Now();
  for (Scene& scene : scenes) {
    scene.ExpectGone(kSilent - (absl::Now() - start));
  }
  for (const auto& client : frozen) client->process().Signal(SIGCONT);
  // Those that are left over fail by themselves and do no harm.
  gate.Heal();
  deaf_gate.Heal();
  for (Session& session : cut_off) session.Cancel();
  EXPECT_EQ(BusyConnections(Servers().mariadb), "");
}

// berthd itself is killed: MariaDB rolls back, as nobody holds the connection.
TEST(EndsTest, KilledServerLeavesNoTransaction) {
  BerthdProcess other(Servers().mariadb);
  Scene scene(kInTransaction);
  Session session = SessionIn(scene, other.Connect());
  scene.WaitUntilDoing();
  other.Kill();
  scene.ExpectGone(kSoon);
  const absl::Status status = session.Execute("SELECT 1").status();
  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(session.Alive());
}

TEST(EndsTest, StoppedServerLeavesNothing) {
  BerthdProcess other(Servers().mariadb);
  Scene sleeping(kSleeping);
  Scene writing(kInTransaction);
  const client::Client client = other.Connect();
  Session first = SessionIn(sleeping, client);
  Session second = SessionIn(writing, client);
  sleeping.WaitUntilDoing();
  writing.WaitUntilDoing();
  EXPECT_EQ(other.Stop(), 0);
  sleeping.ExpectGone(kSoon);
  writing.ExpectGone(kSoon);
}

TEST(EndsTest, NothingIsLeftInThePool) {
  EXPECT_TRUE(Eventually([] {
    auto stats = Servers().client.GetPoolStats();
    return stats.ok() && stats->in_use() == 0 && stats->waiting() == 0;
  }));
  EXPECT_EQ(BusyConnections(Servers().mariadb), "");
}

}  // namespace
}  // namespace berth::test
