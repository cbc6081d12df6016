// What fragments have been misused for elsewhere, and whether each level
// refuses it, and how.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/plan/fragment.h"
#include "server/plan/update_planner.h"
#include "tests/unit/plan/sample_table.h"

namespace berth::plan {
namespace {

using auth::WhereLevel;
using ::testing::HasSubstr;

// The reason of the refusal, and for POLICY the level that is needed; or "OK".
std::string Verdict(const absl::Status& status) {
  if (status.ok()) return "OK";
  const std::string reason = errors::ReasonOf(status);
  if (reason != errors::kPolicy) return reason;
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(status.message()), HasSubstr(" at byte "));
  return absl::StrCat("needs ",
                      errors::MetadataOf(status, "where_level_needed"));
}

std::string VerdictOf(const std::string& where, WhereLevel level) {
  v1::Filter filter;
  filter.set_where(where);
  return Verdict(ReadFragment(filter, Posts(), level, "filter").status());
}

struct Attack {
  const char* where;
  const char* strict;
  const char* clauses;
};

class WhereAttack : public ::testing::TestWithParam<Attack> {};

TEST_P(WhereAttack, IsRefusedAtStrict) {
  EXPECT_EQ(VerdictOf(GetParam().where, WhereLevel::kStrict),
            GetParam().strict);
}

TEST_P(WhereAttack, IsJudgedAtClauses) {
  EXPECT_EQ(VerdictOf(GetParam().where, WhereLevel::kClauses),
            GetParam().clauses);
}

// What no level lets through is no syntax of a fragment; what another level
// would let through is let through there.
TEST_P(WhereAttack, IsLetThroughAtTheLevelThatIsNamed) {
  const std::string strict = GetParam().strict;
  EXPECT_NE(strict, "OK");
  if (strict == "needs clauses") {
    EXPECT_STREQ(GetParam().clauses, "OK");
  }
  if (strict == "needs raw") {
    EXPECT_STREQ(GetParam().clauses, "needs raw");
    EXPECT_EQ(VerdictOf(GetParam().where, WhereLevel::kRaw), "OK");
  }
}

// As an expression of an assignment.
TEST_P(WhereAttack, IsRefusedInAnAssignment) {
  v1::UpdateSpec spec;
  spec.set_all_rows(true);
  v1::Assignment* assignment = spec.add_assignments();
  assignment->set_column("title");
  assignment->mutable_expression()->set_where(GetParam().where);
  EXPECT_NE(Verdict(PlanUpdate(spec, Posts(), WhereLevel::kStrict).status()),
            "OK");
}

constexpr char kBad[] = "INVALID_FIELD";
constexpr char kClauses[] = "needs clauses";
constexpr char kRaw[] = "needs raw";

INSTANTIATE_TEST_SUITE_P(
    BreakingOut, WhereAttack,
    ::testing::Values(
        Attack{"1=0) or (1=1", kBad, kBad},
        Attack{"1=0) union select 1,2,k from sec where (1=1", kBad, kBad},
        Attack{"id = 1; drop table posts", kBad, kBad},
        Attack{"id = 1;", kBad, kBad}, Attack{"(id = 1", kBad, kBad},
        Attack{"id = 'x", kBad, kBad}, Attack{"id = \"x", kBad, kBad},
        Attack{"id = `x", kBad, kBad},
        Attack{"title = ''' or 1=1", kBad, kBad}));

INSTANTIATE_TEST_SUITE_P(
    Comments, WhereAttack,
    ::testing::Values(
        Attack{"id = 1 -- ", kBad, kBad}, Attack{"id = 1 --", kBad, kBad},
        Attack{"id = 1 --\x7f", kBad, kBad},
        Attack{"id = 1 --\x01", kBad, kBad},
        Attack{"id = 1 --\n or 1", kBad, kBad}, Attack{"id = 1 #", kBad, kBad},
        Attack{"id /**/ = 1", kBad, kBad}, Attack{"id = 1 /*", kBad, kBad},
        Attack{"id = 1 /*! or 1=1 */", kBad, kBad},
        Attack{"id = 1 /*!50000 union select 1 */", kBad, kBad},
        Attack{"id = 1 /*M! or 1=1 */", kBad, kBad},
        Attack{"id = 1 /*M!100000 or sleep(1) */", kBad, kBad},
        Attack{"id = 1 /*+ x */", kBad, kBad},
        Attack{"id = 1 */", kBad, "OK"}));

INSTANTIATE_TEST_SUITE_P(
    Subqueries, WhereAttack,
    ::testing::Values(
        Attack{"(select k from sec limit 1) like 'T%'", kClauses, "OK"},
        Attack{"exists(select 1 from information_schema.tables)", kRaw, kRaw},
        Attack{"exists (select 1 from sec)", kClauses, "OK"},
        Attack{"id in (select id from sec)", kClauses, "OK"},
        Attack{"id=1 or(select 1)", kClauses, "OK"},
        Attack{"id = any (select 1)", kClauses, "OK"},
        Attack{"id > all(select 1)", kClauses, "OK"},
        Attack{"id = 1 order by (select k from sec limit 1)", kClauses, "OK"},
        Attack{"order by if((select k from sec) > 'a', id, title)", kClauses,
               "OK"},
        Attack{"id in (table sec)", kClauses, "OK"},
        Attack{"id in (values (1))", kClauses, "OK"},
        Attack{"id in (with recursive t as (select 1) select * from t)", kRaw,
               kRaw},
        Attack{"limit (select 1)", kBad, kRaw},
        Attack{"id in (select authentication_string from mysql.user)", kRaw,
               kRaw},
        Attack{"id in (select 1 from `mysql`.user)", kRaw, kRaw},
        Attack{"(id, title) = (1, 'a')", kClauses, "OK"},
        Attack{"(id, (select 1)) = (1, 2)", kClauses, "OK"},
        Attack{"row(id, 1) = row(1, 1)", kClauses, "OK"}));

INSTANTIATE_TEST_SUITE_P(
    OtherTables, WhereAttack,
    ::testing::Values(
        Attack{"id = 1 union select 1", kRaw, kRaw},
        Attack{"id = 1 UNION ALL SELECT k FROM sec", kRaw, kRaw},
        Attack{"id = 1 uNiOn/**/select 1", kBad, kBad},
        Attack{"id = 1 union(select 1)", kRaw, kRaw},
        Attack{"id = 1 except select 1", kRaw, kRaw},
        Attack{"id = 1 intersect select 1", kRaw, kRaw},
        Attack{"join sec on 1", kClauses, "OK"},
        Attack{", sec", kClauses, "OK"},
        Attack{"left join sec on 1 where 1", kClauses, "OK"},
        Attack{"natural join sec", kClauses, "OK"},
        Attack{"p where p.id = 1", "UNKNOWN_COLUMN", "OK"},
        Attack{"sec.k = 1", kClauses, "OK"},
        Attack{"`sec`.`k` = 1", kClauses, "OK"},
        Attack{"other.posts.id = 1", kClauses, "OK"},
        Attack{"id = 1 group by id with rollup", kClauses, "OK"},
        Attack{"group by id having count(*) > 1", kClauses, "OK"},
        Attack{"having 1", kClauses, "OK"},
        Attack{"partition (p0) where 1", kClauses, "OK"},
        Attack{"use index (a) where 1", kClauses, "OK"},
        Attack{"row_number() over (order by id) > 1", kClauses, "OK"},
        Attack{"sum(id) over () > 1", kClauses, "OK"},
        Attack{"id = 1 window w as (order by id)", kClauses, "OK"},
        Attack{"id = 1 returning (select k from sec)", kRaw, kRaw},
        Attack{"id = 1 procedure analyse()", kRaw, kRaw},
        Attack{"id = 1 into outfile '/tmp/x'", kRaw, kRaw},
        Attack{"id = 1 into dumpfile '/tmp/x'", kRaw, kRaw},
        Attack{"id = 1 into @v", kRaw, kRaw},
        Attack{"into outfile '/tmp/x'", kRaw, kRaw},
        Attack{"id = 1 limit 1 into outfile '/tmp/x'", kRaw, kRaw},
        Attack{"id = 1 fetch first 1 rows only", kClauses, "OK"}));

INSTANTIATE_TEST_SUITE_P(
    StateAndWaiting, WhereAttack,
    ::testing::Values(
        Attack{"sleep(2) = 0", kRaw, kRaw}, Attack{"SLEEP (2)", kRaw, kRaw},
        Attack{"`sleep`(2)", kRaw, kRaw}, Attack{"\"sleep\"(2)", kBad, kRaw},
        Attack{"id = 1 and if(1, sleep(5), 0)", kRaw, kRaw},
        Attack{"{fn sleep(5)}", kRaw, kRaw},
        Attack{"{d '2024-01-01'} > id", kRaw, kRaw},
        Attack{"benchmark(1000000, md5(1))", kRaw, kRaw},
        Attack{"master_gtid_wait('0-1-999999', 2)", kRaw, kRaw},
        Attack{"master_pos_wait('a', 1)", kRaw, kRaw},
        Attack{"get_lock('a', 1)", kRaw, kRaw},
        Attack{"is_free_lock('a')", kRaw, kRaw},
        Attack{"release_all_locks()", kRaw, kRaw},
        Attack{"nextval(s)", kRaw, kRaw}, Attack{"setval(s, 999)", kRaw, kRaw},
        Attack{"next value for s", kRaw, kRaw},
        Attack{"id = next value for s", kRaw, kRaw},
        Attack{"last_insert_id(777)", kRaw, kRaw},
        Attack{"(@a := 42)", kRaw, kRaw}, Attack{"id = @a", kRaw, kRaw},
        Attack{"@@version like '1%'", kRaw, kRaw},
        Attack{"id = @@global.datadir", kRaw, kRaw},
        Attack{"@`a` = 1", kRaw, kRaw},
        Attack{"load_file('/etc/passwd')", kRaw, kRaw},
        Attack{"user() = 'root'", kRaw, kRaw},
        Attack{"version() = 1", kRaw, kRaw},
        Attack{"database() = 1", kRaw, kRaw},
        Attack{"connection_id() = 1", kRaw, kRaw},
        Attack{"extractvalue(1, concat(0x7e, (select 1)))", kRaw, kRaw},
        Attack{"updatexml(1, concat(0x7e, version()), 1)", kRaw, kRaw},
        Attack{"stored_function(1)", kRaw, kRaw},
        Attack{"other.lower(1)", kRaw, kRaw},
        Attack{"posts.lower(1)", kRaw, kRaw},
        Attack{"repeat('a', 100000000) = title", kClauses, "OK"},
        Attack{"space(100000000)", kClauses, "OK"},
        Attack{"lpad(title, 100000000, 'a')", kClauses, "OK"},
        Attack{"replace(title, 'a', 'aaaaaaaa')", kClauses, "OK"},
        Attack{"hex(title) like '4%'", kClauses, "OK"},
        Attack{"random_bytes(1000)", kRaw, kRaw},
        Attack{"uncompress(title)", kRaw, kRaw},
        Attack{"title regexp '(a+)+$'", kClauses, "OK"},
        Attack{"title not rlike 'a'", kClauses, "OK"},
        Attack{"title sounds like 'a'", kClauses, "OK"},
        Attack{"match(title) against ('a')", kClauses, "OK"},
        Attack{"id > now() - interval 1 day", kClauses, "OK"},
        Attack{"count(*) > 1", kClauses, "OK"}));

INSTANTIATE_TEST_SUITE_P(
    Lexing, WhereAttack,
    ::testing::Values(
        Attack{"title = 'a\\' or 1=1 -- '", kRaw, kRaw},
        Attack{"title = 'a\\'", kBad, kBad},
        Attack{"title = '\\\\'", kRaw, kRaw},
        Attack{"title = \"a\\\"b\"", kRaw, kRaw},
        Attack{"id = \\N", kRaw, kRaw}, Attack{"id \\ 1", kRaw, kRaw},
        Attack{"title = _utf8'a'", kRaw, kRaw},
        Attack{"title = _gbk'\xe5\x27", kBad, kRaw},
        Attack{"title = n'a'", kClauses, "OK"},
        Attack{"title = x'4142'", kClauses, "OK"},
        Attack{"title = b'01'", kClauses, "OK"},
        Attack{"title = 0x4142", kClauses, "OK"},
        Attack{"title = 0b01", kClauses, "OK"},
        Attack{"title = date '2024-01-01'", kClauses, "OK"},
        Attack{"title collate utf8mb4_bin = 'a'", kClauses, "OK"},
        Attack{"binary title = 'a'", kClauses, "OK"},
        Attack{"title = convert(title using latin1)", kClauses, "OK"},
        Attack{"cast(title as binary)", kClauses, "OK"},
        Attack{"title || 'a'", kClauses, "OK"}, Attack{"!id", kClauses, "OK"},
        Attack{"id = $1", "UNKNOWN_COLUMN", "OK"},
        Attack{"id = :name", kBad, "OK"},
        Attack{"title = ‘a’", "UNKNOWN_COLUMN", "OK"},
        Attack{"ｉd = 1", "UNKNOWN_COLUMN", "OK"},
        Attack{"id\xc2\xa0= 1", "UNKNOWN_COLUMN", "OK"},
        Attack{"id \xe2\x80\x8b= 1", kBad, "OK"}, Attack{"id ＝ 1", kBad, "OK"},
        Attack{"ıd = 1", "UNKNOWN_COLUMN", "OK"},
        Attack{"id = 1 \x01", kBad, "OK"}, Attack{"title = '\xff'", kBad, "OK"},
        Attack{"title = '\xc0\xa7'", kBad, "OK"}));

// An end of text where C would see one.
TEST(WhereAttacks, NulBytesAreRefusedAtEveryLevel) {
  for (WhereLevel level :
       {WhereLevel::kStrict, WhereLevel::kClauses, WhereLevel::kRaw}) {
    EXPECT_EQ(VerdictOf(std::string("id = 1\0 or 1", 12), level), kBad);
    EXPECT_EQ(VerdictOf(std::string("title = '\0'", 11), level), kBad);
  }
}

}  // namespace
}  // namespace berth::plan
