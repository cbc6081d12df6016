// Fragments at the levels `strict`, `clauses` and `raw` against a real MariaDB:
// what `strict` writes anew means the same, and what is refused has done
// nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berth/client/client.h"
#include "tests/support/random_condition.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Values;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Not;

BerthdProcess::Options At(const std::string& level) {
  BerthdProcess::Options options;
  options.config = absl::StrCat("security:\n  where: ", level, "\n");
  return options;
}

// A MariaDB with a berthd of each level; `raw` is the default.
struct Levels {
  explicit Levels(const std::string& mariadb_argument = "")
      : raw(BerthdProcess::Options(),
            mariadb_argument.empty()
                ? std::vector<std::string>()
                : std::vector<std::string>{mariadb_argument}),
        clauses_berthd(raw.mariadb, At("clauses")),
        strict_berthd(raw.mariadb, At("strict")),
        clauses(clauses_berthd.Connect()),
        strict(strict_berthd.Connect()) {
    std::string sql =
        "CREATE TABLE things (id INT PRIMARY KEY, title VARCHAR(40), `order` "
        "INT, amount DECIMAL(10,2), born DATE, body TEXT);"
        "CREATE TABLE sec (k VARCHAR(20)); INSERT INTO sec VALUES ('TOP');"
        "CREATE SEQUENCE numbers;";
    for (int id = 0; id < 40; ++id) {
      absl::StrAppend(&sql, "INSERT INTO things VALUES (", id, ",",
                      id % 5 == 0 ? "NULL" : absl::StrCat("'title ", id, "'"),
                      ",", id % 7, ",",
                      id % 3 == 0 ? "NULL" : absl::StrCat("1.5 * ", id),
                      ",'2024-02-", 1 + id % 28, "','it''s größe ", id, "');");
    }
    raw.mariadb.Sql(sql);
  }

  TestServers raw;
  BerthdProcess clauses_berthd;
  BerthdProcess strict_berthd;
  client::Client clauses;
  client::Client strict;
};

Levels& Servers() {
  static Levels levels;
  return levels;
}

// What must not change: another table, a sequence, a lock.
std::string Canaries() {
  return Servers().raw.mariadb.Sql(
      "SELECT COUNT(*), MIN(k) FROM sec; CHECKSUM TABLE things; "
      "SELECT next_not_cached_value FROM numbers; SELECT IS_FREE_LOCK('a')");
}

v1::SelectSpec ThingsWhere(const RandomCondition& condition) {
  std::vector<v1::Value> values;
  for (int64_t value : condition.values) {
    values.push_back(client::ToValue(value));
  }
  v1::SelectSpec spec = SelectFrom("things", condition.where, values);
  spec.add_columns("id");
  return spec;
}

// The rows, or MariaDB's number for the error.
std::string Answer(const absl::StatusOr<v1::ResultChunk>& result) {
  if (result.ok()) return Cells(*result);
  EXPECT_NE(client::MetadataOf(result.status(), "errno"), "")
      << result.status();
  return absl::StrCat("error ", client::MetadataOf(result.status(), "errno"));
}

TEST(WhereLevels, StrictSelectsTheSameRowsAsTheTextAsGiven) {
  const uint32_t seed = 4711;
  const int count = Scaled(20'000);
  ConditionGenerator generator(seed,
                               {"id", "title", "order", "amount", "born"});
  const std::string canaries = Canaries();
  int rows = 0;
  int errors = 0;
  for (int i = 0; i < count; ++i) {
    const RandomCondition condition = generator.Next();
    const v1::SelectSpec spec = ThingsWhere(condition);
    const std::string as_given = Answer(Servers().raw.client.Select(spec));
    ASSERT_EQ(Answer(Servers().strict.Select(spec)), as_given)
        << "seed " << seed << ", condition " << i << ": " << condition.where;
    if (as_given.rfind("error", 0) == 0) {
      ++errors;
    } else if (!as_given.empty()) {
      ++rows;
    }
  }
  EXPECT_GT(rows, count / 4);
  EXPECT_LT(errors, count / 4);
  EXPECT_EQ(Canaries(), canaries);
}

TEST(WhereLevels, AreRefusedWithTheLevelThatIsNeeded) {
  const std::string canaries = Canaries();
  const auto refused = [](const client::Client& client,
                          const std::string& where) {
    const absl::Status status =
        client.Select(SelectFrom("things", where)).status();
    EXPECT_THAT(status, AllOf(StatusIs(StatusCode::kPermissionDenied),
                              HasReason("POLICY")))
        << where;
    EXPECT_EQ(client::OutcomeOf(status), client::Outcome::kNotDone);
    return client::MetadataOf(status, "where_level_needed");
  };
  const std::string subquery = "(select k from sec limit 1) like 'T%'";
  EXPECT_EQ(refused(Servers().strict, subquery), "clauses");
  EXPECT_THAT(Servers().clauses.Select(SelectFrom("things", subquery)), IsOk());
  for (const char* where :
       {"id = 1 union select k,k,k,k,k,k from sec", "get_lock('a', 1)",
        "nextval(numbers)", "id = next value for numbers", "(@a := 42)",
        "sleep(5)", "`sleep`(5)", "load_file('/etc/passwd')",
        "id = 1 into outfile '/tmp/berth_where_levels'"}) {
    EXPECT_EQ(refused(Servers().strict, where), "raw");
    EXPECT_EQ(refused(Servers().clauses, where), "raw");
  }
  EXPECT_EQ(Canaries(), canaries);
}

TEST(WhereLevels, HoldForWritesAndInSessions) {
  const std::string canaries = Canaries();
  auto session = Servers().strict.OpenSession();
  ASSERT_THAT(session, IsOk());
  EXPECT_THAT(session->Select(SelectFrom("things", "sleep(5)")),
              HasReason("POLICY"));
  EXPECT_THAT(session->Delete(DeleteFrom("things", "id in (select 1)")),
              HasReason("POLICY"));
  v1::UpdateSpec update =
      UpdateOf("things", "order", client::ToValue(0), "id = ?", Values(1));
  v1::Filter* expression = update.mutable_assignments(0)->mutable_expression();
  expression->set_where("nextval(numbers)");
  EXPECT_THAT(session->Update(update), HasReason("POLICY"));
  EXPECT_EQ(Canaries(), canaries);
  expression->set_where("`order` + ? - 1");
  *expression->add_parameters() = client::ToValue(1);
  EXPECT_THAT(session->Update(update), IsOk());
  EXPECT_THAT(
      session->Delete(DeleteFrom("things", "id = ? limit 1", Values(1000))),
      IsOk());
  // Statements in SQL are a right of their own.
  EXPECT_THAT(session->Execute("SELECT SLEEP(0)"), IsOk());
  EXPECT_EQ(Canaries(), canaries);
}

TEST(WhereLevels, StrictKnowsAColumnThatWasAdded) {
  Servers().raw.mariadb.Sql("CREATE TABLE growing (id INT PRIMARY KEY)");
  EXPECT_THAT(Servers().strict.Select(SelectFrom("growing", "id = 1")), IsOk());
  Servers().raw.mariadb.Sql("ALTER TABLE growing ADD later INT");
  EXPECT_THAT(Servers().strict.Select(SelectFrom("growing", "later = 1")),
              IsOk());
}

// An expression that is long but not deep costs MariaDB stack for each sign.
TEST(WhereLevels, LongExpressionsEndWithAnError) {
  std::string sum = "1";
  for (int i = 0; i < 2040; ++i) sum += "+1";
  EXPECT_THAT(Servers().strict.Select(SelectFrom("things", sum)),
              Not(StatusIs(StatusCode::kUnavailable)));
  EXPECT_THAT(Servers().strict.Select(SelectFrom("things", "id = 1")), IsOk());
}

// Where MariaDB reads quotes and backslashes in another way.
TEST(WhereLevelsInAnotherSqlMode, TextsMeanTheSame) {
  Levels levels("--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT");
  levels.raw.mariadb.Sql("UPDATE things SET title = 'a\"b' WHERE id = 1");
  v1::SelectSpec spec = SelectFrom("things", "title = \"a\"\"b\"");
  spec.add_columns("id");
  const auto strict = levels.strict.Select(spec);
  ASSERT_THAT(strict, IsOk());
  EXPECT_EQ(Cells(*strict), "1");
  // Two texts here, one with the default modes: the end of the condition is
  // not where the tokeniser sees it.
  const std::string escaping = "title = 'x\\' or 1=1 or title = ' or 1=1 or '";
  for (const client::Client* client : {&levels.strict, &levels.clauses}) {
    EXPECT_THAT(client->Select(SelectFrom("things", escaping)),
                AnyOf(HasReason("POLICY"), HasReason("INVALID_FIELD")));
    EXPECT_THAT(client->Select(SelectFrom("things", "title = 'x\\\\'")),
                HasReason("POLICY"));
  }
}

}  // namespace
}  // namespace berth::test
