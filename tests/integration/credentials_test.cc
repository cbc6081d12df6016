// A berthd with a users file: who is let in, and as whom.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "berth/client/client.h"
#include "berth/v1/admin.pb.h"
#include "berth/v1/database.pb.h"
#include "berth/v1/schema.pb.h"
#include "berth/v1/transaction.pb.h"
#include "tests/support/child_process.h"
#include "tests/support/programs.h"
#include "tests/support/raw_rpc.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::MetadataOf;
using client::ReasonOf;
using google::protobuf::Message;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kPassword[] = "correct: horse";

// What `berthd --hash-password` prints for `input`, and its exit status.
struct Hashed {
  explicit Hashed(const std::string& input) {
    WriteFile(dir.File("password"), input);
    ChildProcess::Files files;
    files.in = dir.File("password");
    files.out = dir.File("hash");
    files.err = dir.File("error");
    ChildProcess process({BerthdProcess::Program(), "--hash-password"}, files);
    EXPECT_TRUE(process.WaitFor(absl::Seconds(30)));
    status = process.exit_status();
    hash = std::string(absl::StripSuffix(ReadFile(files.out), "\n"));
    error = ReadFile(files.err);
  }

  TempDir dir;
  int status = -1;
  std::string hash;
  std::string error;
};

// A MariaDB and a berthd that knows strict, clauses, raw and plain, named by
// their levels; plain has none of its own.
struct ServersWithUsers {
  ServersWithUsers() {
    const std::string hash =
        absl::StrCat("\"", Hashed(absl::StrCat(kPassword, "\n")).hash, "\"");
    std::string users = "users:\n";
    for (const char* level : {"strict", "clauses", "raw"}) {
      absl::StrAppend(&users, "  ", level, ": {password: ", hash,
                      ", where: ", level, "}\n");
    }
    absl::StrAppend(&users, "  plain: {password: ", hash, "}\n");
    WriteFile(dir.File("users.yaml"), users);
    EXPECT_EQ(chmod(dir.File("users.yaml").c_str(), 0600), 0);
    options.config =
        absl::StrCat("security:\n  users_file: ", dir.File("users.yaml"), "\n");
    berthd.emplace(mariadb, options);
    mariadb.Sql(
        "CREATE TABLE things (id INT PRIMARY KEY); INSERT INTO things VALUES "
        "(1)");
  }

  TempDir dir;
  MariadbServer mariadb;
  BerthdProcess::Options options;
  std::optional<BerthdProcess> berthd;
};

ServersWithUsers& Servers() {
  static ServersWithUsers servers;
  return servers;
}

client::Client As(const std::string& user,
                  const std::string& password = kPassword) {
  client::Options options = WithoutRetries();
  options.user = user;
  options.password = password;
  return Servers().berthd->Connect(options);
}

std::string Basic(absl::string_view user, absl::string_view password) {
  return absl::StrCat("Basic ",
                      absl::Base64Escape(absl::StrCat(user, ":", password)));
}

// Every method of berth.v1.
std::vector<std::string> Methods() {
  std::vector<std::string> methods;
  for (const auto* file : {v1::SelectRequest::descriptor()->file(),
                           v1::RegisterRequest::descriptor()->file(),
                           v1::GetPoolStatsRequest::descriptor()->file()}) {
    const auto* service = file->service(0);
    for (int i = 0; i < service->method_count(); ++i) {
      methods.push_back(absl::StrCat("/", service->full_name(), "/",
                                     service->method(i)->name()));
    }
  }
  return methods;
}

// Calls any method with one message and reads its answers to the end.
absl::Status Call(const std::string& method, const Message& request,
                  const std::string& authorization) {
  RawStream stream(Servers().berthd->endpoint(), method, absl::Minutes(1),
                   authorization);
  stream.Send(request);
  stream.HalfClose();
  // Has no fields, so that any answer is one of it.
  v1::GetServerInfoRequest answer;
  while (stream.Receive(&answer)) {
  }
  return stream.Finish();
}

// The lines of the audit. Of a berthd of the test's own, since those that come
// fast are left out.
std::vector<std::string> Refusals(const BerthdProcess& berthd) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(berthd.Log(), '\n')) {
    if (absl::StrContains(line, "refused user")) lines.emplace_back(line);
  }
  return lines;
}

// What a stream of rows ends with, and a bulk insert of one.
absl::Status ErrorOfStream(const client::Client& client) {
  auto stream = client.SelectStream(SelectFrom("things"));
  if (!stream.ok()) return stream.status();
  EXPECT_EQ(stream->Next(), nullptr);
  return stream->status();
}
absl::Status ErrorOfBulkInsert(const client::Client& client) {
  v1::BulkInsertHeader header;
  header.set_table("things");
  header.add_columns("id");
  auto writer = client.BulkInsert(header);
  if (!writer.ok()) return writer.status();
  writer->Add({client::ToValue(2)}).IgnoreError();
  return writer->Finish().status();
}

const auto IsRefused =
    AllOf(StatusIs(StatusCode::kUnauthenticated), HasReason("CREDENTIALS"));

TEST(Credentials, AreWantedByEveryMethod) {
  const std::vector<std::string> methods = Methods();
  ASSERT_GE(methods.size(), 14u);
  for (const std::string& method : methods) {
    SCOPED_TRACE(method);
    const v1::GetServerInfoRequest empty;
    for (const std::string& authorization :
         {std::string(), std::string("Bearer x"), Basic("raw", "wrong"),
          Basic("mallory", kPassword)}) {
      const absl::Status status = Call(method, empty, authorization);
      EXPECT_THAT(status, IsRefused) << authorization;
      EXPECT_EQ(client::OutcomeOf(status), client::Outcome::kNotDone);
      EXPECT_EQ(MetadataOf(status, "retry"), "NEVER");
    }
    // What the method says to an empty message is its own affair.
    EXPECT_THAT(Call(method, empty, Basic("raw", kPassword)),
                Not(StatusIs(StatusCode::kUnauthenticated)));
  }
}

TEST(Credentials, AreNotWantedByHealthAndReflection) {
  EXPECT_THAT(As("").CheckHealth(), IsOk());
  EXPECT_THAT(As("raw", "wrong").CheckHealth(), IsOk());
  for (const char* version : {"v1", "v1alpha"}) {
    const std::string method = absl::StrCat(
        "/grpc.reflection.", version, ".ServerReflection/ServerReflectionInfo");
    EXPECT_THAT(Call(method, v1::GetServerInfoRequest(), ""), IsOk());
  }
}

TEST(Credentials, OfAnUnknownUserAreRefusedInTheWordsOfAWrongPassword) {
  const absl::Status unknown = As("mallory").GetServerInfo().status();
  const absl::Status wrong = As("raw", "wrong").GetServerInfo().status();
  EXPECT_THAT(unknown, IsRefused);
  EXPECT_EQ(unknown.message(), wrong.message());
  EXPECT_EQ(client::AllMetadataOf(unknown), client::AllMetadataOf(wrong));
}

TEST(Credentials, ThatAreRightServeCallsSessionsAndTransactions) {
  const client::Client client = As("raw");
  const auto rows = client.Select(SelectFrom("things"));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(Cells(*rows), "1");
  auto session = client.OpenSession();
  ASSERT_THAT(session, IsOk());
  EXPECT_THAT(session->Select(SelectFrom("things")), IsOk());
  auto stream = client.SelectStream(SelectFrom("things"));
  ASSERT_THAT(stream, IsOk());
  EXPECT_NE(stream->Next(), nullptr);
  EXPECT_THAT(client.RunTransaction([](client::Session& transaction) {
    return transaction.Execute(Sql("DO 1")).status();
  }),
              IsOk());
}

TEST(Credentials, ThatAreWrongFailCallsSessionsAndTransactionsAtOnce) {
  const BerthdProcess berthd(Servers().mariadb, Servers().options);
  client::Options options;  // With the retries that a program has.
  options.user = "raw";
  options.password = "wrong";
  const client::Client client = berthd.Connect(options);
  EXPECT_THAT(client.Select(SelectFrom("things")), IsRefused);
  EXPECT_THAT(client.OpenSession(), IsRefused);
  EXPECT_THAT(ErrorOfStream(client), IsRefused);
  EXPECT_THAT(ErrorOfBulkInsert(client), IsRefused);
  EXPECT_THAT(
      client.Transaction(ProgramOf("steps { statement { sql: 'DO 1' } }")),
      IsRefused);
  bool ran = false;
  EXPECT_THAT(client.RunTransaction([&ran](client::Session&) {
    ran = true;
    return absl::OkStatus();
  }),
              IsRefused);
  EXPECT_FALSE(ran);
  EXPECT_THAT(Refusals(berthd), SizeIs(6)) << "tried again";
}

TEST(Credentials, GiveFragmentsTheLevelOfTheUser) {
  const std::string subquery = "id in (select 1)";
  const std::string function = "sleep(0) = 0";
  EXPECT_THAT(As("strict").Select(SelectFrom("things", "id = 1")), IsOk());
  for (const char* user : {"strict", "plain"}) {
    const auto refused = As(user).Select(SelectFrom("things", subquery));
    EXPECT_THAT(refused, HasReason("POLICY")) << user;
    EXPECT_EQ(MetadataOf(refused.status(), "where_level"), "strict");
  }
  EXPECT_THAT(As("clauses").Select(SelectFrom("things", subquery)), IsOk());
  EXPECT_THAT(As("clauses").Select(SelectFrom("things", function)),
              HasReason("POLICY"));
  EXPECT_THAT(As("raw").Select(SelectFrom("things", function)), IsOk());
}

TEST(Credentials, GiveEveryWayToRunAFragmentTheLevelOfTheUser) {
  const std::string where = "sleep(0) = 1";
  v1::SelectRequest select;
  *select.mutable_select() = SelectFrom("things", where);
  v1::UpdateRequest update;
  *update.mutable_update() =
      UpdateOf("things", "id", client::ToValue(1), where);
  v1::DeleteRequest erase;
  *erase.mutable_delete_() = DeleteFrom("things", where);
  const v1::TransactionRequest program = ProgramOf(absl::StrCat(
      "steps { select { table: 'things' filter { where: '", where, "' } } }"));
  const std::vector<std::pair<std::string, const Message*>> calls = {
      {"Database/Select", &select},
      {"Database/SelectStream", &select},
      {"Database/Update", &update},
      {"Database/Delete", &erase},
      {"Database/Transaction", &program}};
  for (const auto& [method, request] : calls) {
    EXPECT_THAT(Call(method, *request, Basic("strict", kPassword)),
                HasReason("POLICY"))
        << method;
    EXPECT_THAT(Call(method, *request, Basic("raw", kPassword)), IsOk())
        << method;
  }
  for (const char* user : {"strict", "raw"}) {
    auto session = As(user).OpenSession();
    ASSERT_THAT(session, IsOk());
    const auto rows = session->Select(SelectFrom("things", where));
    EXPECT_EQ(ReasonOf(rows.status()),
              user == std::string("raw") ? "" : "POLICY");
  }
}

TEST(Credentials, OfManyCallsAtOnceAreAllServed) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([] {
      EXPECT_THAT(As("clauses").Select(SelectFrom("things")), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Credentials, OfRefusedUsersAreLoggedWithoutThePassword) {
  const BerthdProcess berthd(Servers().mariadb, Servers().options);
  client::Options options = WithoutRetries();
  options.user = "eve\nrefused user";
  options.password = "hunter2";
  EXPECT_THAT(berthd.Connect(options).GetServerInfo(), IsRefused);
  options.user = "raw";
  options.password = kPassword;
  EXPECT_THAT(berthd.Connect(options).GetServerInfo(), IsOk());
  const std::vector<std::string> refusals = Refusals(berthd);
  ASSERT_THAT(refusals, SizeIs(1));
  EXPECT_THAT(refusals.back(),
              AllOf(HasSubstr("refused user \"eve\\nrefused user\" from ipv4:"),
                    HasSubstr("wrong credentials")));
  const std::string log = berthd.Log();
  for (const std::string& secret :
       {std::string("hunter2"), absl::Base64Escape("eve\nrefused user:hunter2"),
        std::string(kPassword)}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
}

TEST(HashPassword, TakesOneLineFromStandardInput) {
  const Hashed unix_line("s3cret\n");
  EXPECT_EQ(unix_line.status, 0);
  EXPECT_THAT(unix_line.hash, ::testing::StartsWith("$argon2id$v=19$m=65536,"));
  EXPECT_EQ(unix_line.error, "");
  for (const std::string& bad :
       {std::string(), std::string("\n"), std::string(1025, 'x')}) {
    const Hashed refused(bad);
    EXPECT_NE(refused.status, 0);
    EXPECT_EQ(refused.hash, "");
    EXPECT_THAT(refused.error, HasSubstr("one line of 1 to 1024 bytes"));
  }
  EXPECT_EQ(Hashed(std::string(1024, 'x') + "\r\n").status, 0);
}

}  // namespace
}  // namespace berth::test
