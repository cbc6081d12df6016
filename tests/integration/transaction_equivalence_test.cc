// A transaction program does what the same steps do in a session: random
// programs run both ways, each on a database of its own, and what the two then
// hold and what was answered is compared.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "berth/client/client.h"
#include "tests/integration/program_as_session.h"
#include "tests/integration/random_program.h"
#include "tests/support/programs.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

// BERTH_TEST_SEED, or a new one.
uint64_t Seed() {
  uint64_t seed = 0;
  const char* text = std::getenv("BERTH_TEST_SEED");
  if (text != nullptr && absl::SimpleAtoi(text, &seed)) return seed;
  return std::random_device()();
}

// All rows of both tables.
std::string Contents(client::Session& session) {
  std::string contents;
  for (const char* table : {"a", "b"}) {
    auto rows =
        session.Execute(absl::StrCat("SELECT * FROM ", table, " ORDER BY id"));
    EXPECT_THAT(rows, IsOk());
    if (rows.ok()) absl::StrAppend(&contents, Cells(rows->front()), "\n");
  }
  return contents;
}

TEST(TransactionEquivalence, AProgramDoesWhatItsStepsDoInASession) {
  BerthdProcess::Options options;
  options.databases = "[berth, twin]";
  MariadbServer mariadb;
  mariadb.Sql("CREATE DATABASE twin");
  BerthdProcess berthd(mariadb, options);
  client::Client client = berthd.Connect();
  client::SessionOptions open;
  client::Session one = client.OpenSession(open).value();
  open.database = "twin";
  client::Session twin = client.OpenSession(open).value();
  for (const std::string& sql : RandomProgramSchema()) {
    ASSERT_THAT(one.Execute(sql), IsOk());
    ASSERT_THAT(twin.Execute(sql), IsOk());
  }
  const uint64_t seed = Seed();
  std::printf("BERTH_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  int committed = 0;
  const int programs = Scaled(20'000);
  for (int i = 0; i < programs; ++i) {
    const v1::TransactionRequest program = RandomProgram(random);
    const std::string called = Describe(RunProgram(berthd.endpoint(), program));
    const std::string stepped = ProgramAsSession(&twin, &program).Run();
    ASSERT_EQ(called, stepped)
        << "program " << i << " of seed " << seed << ":\n"
        << program.DebugString();
    ASSERT_EQ(Contents(one), Contents(twin))
        << "program " << i << " of seed " << seed << ":\n"
        << program.DebugString();
    committed += absl::EndsWith(called, "committed") ? 1 : 0;
  }
  std::printf("programs: %d, committed: %d\n", programs, committed);
  // Both kinds of ends are tried.
  EXPECT_GT(committed, programs / 10);
  EXPECT_LT(committed, programs * 9 / 10);
}

}  // namespace
}  // namespace berth::test
