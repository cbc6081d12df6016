#include "berth/client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/unit/client/fake_service.h"

namespace berth::client {
namespace {

class ClientTest : public ::testing::Test {
 protected:
  void SetUp() override { service_.Start(); }

  Client Connect(Options options = {}) {
    return Client::Connect(service_.endpoint(), options).value();
  }

  testing::FakeService service_;
};

v1::SelectSpec Users() {
  v1::SelectSpec spec;
  spec.set_table("users");
  return spec;
}

TEST_F(ClientTest, SelectReturnsTheRows) {
  auto result = Connect().Select(Users());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(AsInt(**Cell(*result, 0, "id")).value(), 1);
}

TEST_F(ClientTest, DatabaseOfTheCallGoesBeforeThatOfTheClient) {
  Client client = Connect({.database = "one"});
  EXPECT_EQ(ToString(**Cell(client.Select(Users()).value(), 0, "name")), "one");
  EXPECT_EQ(ToString(**Cell(client.Select(Users(), {.database = "two"}).value(),
                            0, "name")),
            "two");
}

TEST_F(ClientTest, SendsCredentials) {
  Client client = Connect({.user = "dbuser", .password = "dbpass"});
  EXPECT_EQ(ToString(**Cell(client.Select(Users()).value(), 0, "name")),
            "Basic ZGJ1c2VyOmRicGFzcw==");
}

TEST_F(ClientTest, RefusesAUserWithAColon) {
  EXPECT_EQ(
      ReasonOf(Client::Connect("127.0.0.1:7390", {.user = "a:b"}).status()),
      kInvalidField);
}

TEST_F(ClientTest, ErrorsKeepTheirDetails) {
  v1::InsertSpec spec;
  spec.set_table("taken");
  absl::Status status = Connect().Insert(spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(status), "DUPLICATE_KEY");
  EXPECT_EQ(MetadataOf(status, "errno"), "1062");
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  EXPECT_FALSE(IsRetryable(status));
  EXPECT_THAT(FieldsOf(status), ::testing::ElementsAre(::testing::Pair(
                                    "insert.rows[0]", "the key exists")));
}

TEST_F(ClientTest, DeadlineOfAReadIsNotDone) {
  v1::SelectSpec spec;
  spec.set_table("hang");
  absl::Status status =
      Connect().Select(spec, {.timeout = absl::Milliseconds(50)}).status();
  EXPECT_EQ(ReasonOf(status), kDeadline);
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
}

TEST_F(ClientTest, WriteThatReachedNoServiceIsNotDone) {
  Client client = Connect();
  service_.Stop();
  absl::Status status = client.Insert(v1::InsertSpec()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), kServiceUnreachable);
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  EXPECT_TRUE(IsRetryable(status));
}

TEST_F(ClientTest, HealthIsServingNotServingOrUnreachable) {
  Client client = Connect();
  EXPECT_TRUE(client.CheckHealth().ok());
  service_.serving = false;
  EXPECT_EQ(ReasonOf(client.CheckHealth()), kNotServing);
  service_.Stop();
  EXPECT_EQ(ReasonOf(client.CheckHealth()), kServiceUnreachable);
}

TEST_F(ClientTest, UnknownMethodIsAnErrorWithAReason) {
  absl::Status status = Connect().GetPoolStats().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ReasonOf(status), "UNIMPLEMENTED");
}

TEST_F(ClientTest, RefusesPlaintextToOtherHosts) {
  EXPECT_EQ(ReasonOf(Client::Connect("db.example.com:7390").status()),
            kInsecureEndpoint);
  EXPECT_TRUE(Client::Connect("db.example.com:7390",
                              {.plaintext = Plaintext::kAnywhere})
                  .ok());
  EXPECT_TRUE(Client::Connect("unix:/run/berth.sock").ok());
  EXPECT_FALSE(Client::Connect("").ok());
}

TEST_F(ClientTest, QuickstartRuns) {
  std::string command = "'" BERTH_QUICKSTART "' " + service_.endpoint();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(ClientTest, CopyTableCopiesAllRowsOrNone) {
  const std::string command =
      "'" BERTH_COPY_TABLE "' " + service_.endpoint() + " ";
  EXPECT_EQ(std::system((command + "users copy").c_str()), 0);
  EXPECT_EQ(service_.committed_rows, 2);
  EXPECT_NE(std::system((command + "torn copy").c_str()), 0);
  EXPECT_EQ(service_.committed_rows, 2);
}

TEST(ReadmeTest, ShowsTheExamplesAsTheyAre) {
  auto read = [](const char* path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  };
  const std::string readme = read(BERTH_CLIENT_DIR "/README.md");
  for (const char* example : {"quickstart", "copy_table"}) {
    const std::string code = read(
        (BERTH_CLIENT_DIR "/examples/" + std::string(example) + ".cc").c_str());
    ASSERT_FALSE(code.empty()) << example;
    EXPECT_THAT(readme, ::testing::HasSubstr(code)) << example;
  }
}

TEST_F(ClientTest, ManyThreadsShareAClient) {
  Client client = Connect();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, client] {
      for (int k = 0; k < 50; ++k) {
        auto session = client.OpenSession();
        if (session.ok() && session->Select(Users()).ok() &&
            session->End().ok() && client.Select(Users()).ok()) {
          ++good;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
  EXPECT_LE(service_.streams, 8);
}

}  // namespace
}  // namespace berth::client
