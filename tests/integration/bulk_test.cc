// Bulk inserts: what they store, how they fail, and what is left then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "berth/v1/bulk.pb.h"
#include "tests/integration/bulk_stream.h"
#include "tests/support/raw_rpc.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tcp_gate.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

TestServers& Servers() {
  static TestServers servers;
  return servers;
}

std::string Sql1(absl::string_view sql) { return Servers().mariadb.Sql(sql); }

// A stream to the server of these tests.
class Bulk : public BulkStream {
 public:
  explicit Bulk(v1::BulkInsertHeader header,
                absl::Duration timeout = absl::Minutes(2),
                const std::string& endpoint = Servers().berthd.endpoint())
      : BulkStream(endpoint, std::move(header), timeout) {}
};

void CreatePairs() {
  Sql1(
      "CREATE OR REPLACE TABLE pairs (id INT PRIMARY KEY, name VARCHAR(20) "
      "NOT NULL DEFAULT 'none')");
}

std::string Count() { return Sql1("SELECT COUNT(*) FROM pairs"); }

TEST(BulkTest, CommitsAllBatchesTogether) {
  CreatePairs();
  Bulk bulk(Header("pairs", {"id", "name"}));
  ASSERT_TRUE(bulk.Add(Numbered(0, 3)));
  EXPECT_EQ(bulk.answer().row_count(), 3u);
  EXPECT_EQ(bulk.answer().affected_rows(), 3u);
  EXPECT_FALSE(bulk.answer().committed());
  ASSERT_TRUE(bulk.Add(Numbered(3, 2)));
  EXPECT_EQ(bulk.answer().row_count(), 2u);
  EXPECT_EQ(bulk.answer().total_rows(), 5u);
  EXPECT_EQ(Count(), "0");
  EXPECT_THAT(bulk.Finish(), IsOk());
  EXPECT_TRUE(bulk.answer().committed());
  EXPECT_EQ(bulk.answer().row_count(), 0u);
  EXPECT_EQ(bulk.answer().total_rows(), 5u);
  EXPECT_EQ(Sql1("SELECT GROUP_CONCAT(name ORDER BY id) FROM pairs"),
            "row 0,row 1,row 2,row 3,row 4");
}

TEST(BulkTest, CommitsEachBatchByItself) {
  CreatePairs();
  v1::BulkInsertHeader header = Header("pairs", {"id", "name"});
  header.set_commit(v1::BULK_COMMIT_EACH_BATCH);
  Bulk bulk(header);
  ASSERT_TRUE(bulk.Add(Numbered(0, 3)));
  EXPECT_TRUE(bulk.answer().committed());
  EXPECT_EQ(Count(), "3");
  // The bad batch is undone, those before stay.
  v1::Rows bad = Numbered(3, 3);
  *bad.mutable_rows(2)->mutable_values(0) = Int(1);
  EXPECT_FALSE(bulk.Add(bad));
  const absl::Status status = bulk.End();
  EXPECT_THAT(status, HasReason("DUPLICATE_KEY"));
  EXPECT_EQ(client::MetadataOf(status, "row"), "5");
  EXPECT_EQ(Count(), "3");
}

TEST(BulkTest, StoresEveryTypeWithNullAndDefault) {
  Sql1(
      "CREATE OR REPLACE TABLE kinds (id INT PRIMARY KEY, a BIGINT DEFAULT 7, "
      "b BIGINT UNSIGNED DEFAULT 8, c DOUBLE DEFAULT 9, d DECIMAL(40,10) "
      "DEFAULT 10, e VARCHAR(100) DEFAULT 'x', f VARBINARY(100) DEFAULT 'y', g "
      "JSON DEFAULT '[]', h DATE DEFAULT '2001-01-01', i DATETIME(6) DEFAULT "
      "'2001-01-01', j TIME(6) DEFAULT '01:00:00', k BOOLEAN DEFAULT TRUE)");
  std::vector<v1::Value> values(11);
  values[0].set_int_value(std::numeric_limits<int64_t>::min());
  values[1].set_uint_value(std::numeric_limits<uint64_t>::max());
  values[2].set_double_value(-0.1);
  values[3].set_decimal("123456789012345678901234567890.0123456789");
  values[4].set_text("\xC3\xA4");
  values[5].set_blob(std::string("\0\xFF", 2));
  values[6].set_json("{\"a\":1}");
  values[7].set_date("2024-02-29");
  values[8].set_datetime("2024-02-29 12:34:56.789012");
  values[9].set_time("-838:59:59");
  values[10].set_bool_value(false);
  v1::Rows rows;
  for (int id = 0; id < 4; ++id) {
    v1::Row* row = rows.add_rows();
    *row->add_values() = Int(id);
    for (const v1::Value& value : values) {
      if (id == 1) {
        *row->add_values() = Null();
      } else if (id == 2) {
        *row->add_values() = Default();
      } else {
        *row->add_values() = value;
      }
    }
  }
  Bulk bulk(Header(
      "kinds", {"id", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}));
  ASSERT_TRUE(bulk.Add(rows)) << bulk.End();
  EXPECT_THAT(bulk.Finish(), IsOk());
  const std::string select =
      "SELECT a,b,c,d,HEX(e),HEX(f),g,h,i,j,k FROM kinds WHERE id = ";
  const std::string full =
      "-9223372036854775808\t18446744073709551615\t-0.1\t"
      "123456789012345678901234567890.0123456789\tC3A4\t00FF\t{\"a\":1}\t"
      "2024-02-29\t2024-02-29 12:34:56.789012\t-838:59:59.000000\t0";
  EXPECT_EQ(Sql1(absl::StrCat(select, 0)), full);
  EXPECT_EQ(Sql1(absl::StrCat(select, 1)),
            "NULL\tNULL\tNULL\tNULL\tNULL\tNULL\tNULL\tNULL\tNULL\tNULL\tNULL");
  EXPECT_EQ(Sql1(absl::StrCat(select, 2)),
            "7\t8\t9\t10.0000000000\t78\t79\t[]\t2001-01-01\t"
            "2001-01-01 00:00:00.000000\t01:00:00.000000\t1");
  EXPECT_EQ(Sql1(absl::StrCat(select, 3)), full);
}

TEST(BulkTest, StoresRowsOfSeveralTypesInOneColumn) {
  Sql1("CREATE OR REPLACE TABLE mixed (id INT PRIMARY KEY, v VARCHAR(50))");
  v1::Value real;
  real.set_double_value(0.5);
  v1::Value decimal;
  decimal.set_decimal("1.50");
  v1::Value large;
  large.set_uint_value(std::numeric_limits<uint64_t>::max());
  Bulk bulk(Header("mixed", {"id", "v"}));
  ASSERT_TRUE(bulk.Add(RowsOf({{Int(0), Int(-1)},
                               {Int(1), large},
                               {Int(2), Text("text")},
                               {Int(3), Null()},
                               {Int(4), real},
                               {Int(5), decimal},
                               {Int(6), Int(7)}})))
      << bulk.End();
  EXPECT_EQ(bulk.answer().affected_rows(), 7u);
  EXPECT_THAT(bulk.Finish(), IsOk());
  EXPECT_EQ(Sql1("SELECT GROUP_CONCAT(IFNULL(v, 'NULL') ORDER BY id) FROM "
                 "mixed"),
            "-1,18446744073709551615,text,NULL,0.5,1.50,7");
}

TEST(BulkTest, NamesTheBadRowInTheMiddleOfABatch) {
  for (const auto& [name, reason] :
       {std::pair("a name that is too long for it", "VALUE_TOO_LONG"),
        std::pair("", "NULL_NOT_ALLOWED")}) {
    CreatePairs();
    Bulk bulk(Header("pairs", {"id", "name"}));
    ASSERT_TRUE(bulk.Add(Numbered(0, 100)));
    v1::Rows rows = Numbered(100, 1000);
    *rows.mutable_rows(617)->mutable_values(1) =
        *name == '\0' ? Null() : Text(name);
    EXPECT_FALSE(bulk.Add(rows));
    const absl::Status status = bulk.End();
    EXPECT_THAT(status, HasReason(reason));
    EXPECT_EQ(client::MetadataOf(status, "row"), "717");
    EXPECT_EQ(client::MetadataOf(status, "table"), "pairs");
    EXPECT_TRUE(absl::StrContains(status.message(), "row 717")) << status;
    EXPECT_EQ(client::OutcomeOf(status), client::Outcome::kNotDone);
    EXPECT_EQ(Count(), "0");
    EXPECT_EQ(BusyConnections(Servers().mariadb), "");
  }
}

TEST(BulkTest, NamesADuplicateOfARowOfAnEarlierBatch) {
  CreatePairs();
  Bulk bulk(Header("pairs", {"id", "name"}));
  ASSERT_TRUE(bulk.Add(Numbered(0, 10)));
  ASSERT_TRUE(bulk.Add(Numbered(10, 10)));
  EXPECT_FALSE(bulk.Add(RowsOf({{Int(20), Text("a")}, {Int(5), Text("b")}})));
  const absl::Status status = bulk.End();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(client::MetadataOf(status, "row"), "21");
  EXPECT_EQ(Count(), "0");
}

TEST(BulkTest, SaysUnknownWhereAFailedStatementStays) {
  Sql1("CREATE OR REPLACE TABLE old (id INT PRIMARY KEY) ENGINE=MyISAM");
  Bulk bulk(Header("old", {"id"}));
  EXPECT_FALSE(bulk.Add(RowsOf({{Int(0)}, {Int(1)}, {Int(0)}, {Int(3)}})));
  const absl::Status status = bulk.End();
  EXPECT_THAT(status, HasReason("DUPLICATE_KEY"));
  EXPECT_EQ(client::OutcomeOf(status), client::Outcome::kUnknown);
  EXPECT_EQ(Sql1("SELECT COUNT(*) FROM old"), "2");
}

TEST(BulkTest, RefusesARowOfAnotherWidthAndAValueWithoutKind) {
  CreatePairs();
  for (const auto& [bad, field] :
       {std::pair(RowsOf({{Int(1), Text("a")}, {Int(2)}}), "rows.rows[1]"),
        std::pair(RowsOf({{Int(1), Text("a")}, {Int(2), v1::Value()}}),
                  "rows.rows[1].values[1]")}) {
    Bulk bulk(Header("pairs", {"id", "name"}));
    ASSERT_TRUE(bulk.Add(Numbered(10, 3)));
    EXPECT_FALSE(bulk.Add(bad));
    const absl::Status status = bulk.End();
    EXPECT_THAT(status, HasReason("INVALID_FIELD"));
    EXPECT_EQ(client::MetadataOf(status, "row"), "4");
    EXPECT_TRUE(absl::StrContains(status.message(), field)) << status;
    EXPECT_EQ(Count(), "0");
  }
}

TEST(BulkTest, RefusesWhatIsOutOfOrder) {
  v1::BulkInsertRequest rows;
  *rows.mutable_rows() = Numbered(0, 1);
  RawStream first(Servers().berthd.endpoint(), "Database/BulkInsert");
  first.Send(rows);
  v1::BulkInsertResponse response;
  EXPECT_FALSE(first.Receive(&response));
  EXPECT_THAT(first.Finish(), HasReason("INVALID_FIELD"));
  CreatePairs();
  Bulk twice(Header("pairs", {"id"}));
  v1::BulkInsertRequest header;
  *header.mutable_header() = Header("pairs", {"id"});
  twice.stream().Send(header);
  EXPECT_THAT(twice.End(), HasReason("INVALID_FIELD"));
  EXPECT_THAT(Bulk(Header("pairs", {"id", "nam"})).End(),
              HasReason("UNKNOWN_COLUMN"));
  EXPECT_THAT(Bulk(Header("nobody", {"id"})).End(), HasReason("UNKNOWN_TABLE"));
  EXPECT_THAT(Bulk(Header("pairs", {})).End(), HasReason("INVALID_FIELD"));
}

TEST(BulkTest, LeavesOutOrChangesRowsWhoseKeyExists) {
  CreatePairs();
  Sql1("INSERT INTO pairs VALUES (1, 'old'), (2, 'old')");
  v1::BulkInsertHeader header = Header("pairs", {"id", "name"});
  header.set_on_conflict(v1::ON_CONFLICT_IGNORE);
  Bulk ignore(header);
  ASSERT_TRUE(ignore.Add(Numbered(1, 3)));
  EXPECT_EQ(ignore.answer().affected_rows(), 1u);
  EXPECT_EQ(ignore.answer().warning_count(), 2u);
  EXPECT_THAT(ignore.Finish(), IsOk());
  EXPECT_EQ(Sql1("SELECT GROUP_CONCAT(name ORDER BY id) FROM pairs"),
            "old,old,row 3");
  header.set_on_conflict(v1::ON_CONFLICT_UPDATE);
  Bulk update(header);
  ASSERT_TRUE(update.Add(Numbered(2, 3)));
  EXPECT_THAT(update.Finish(), IsOk());
  EXPECT_EQ(Sql1("SELECT GROUP_CONCAT(name ORDER BY id) FROM pairs"),
            "old,row 2,row 3,row 4");
}

TEST(BulkTest, HoldsNoConnectionBeforeItsFirstBatch) {
  const auto acquired = [] {
    auto stats = Servers().client.GetPoolStats();
    return stats.ok() && stats->in_use() == 0 ? stats->acquired() : 0;
  };
  const uint64_t before = acquired();
  // Not known yet: it is looked up in MariaDB.
  Sql1("CREATE OR REPLACE TABLE unseen (id INT PRIMARY KEY)");
  Bulk bulk(Header("unseen", {"id"}));
  EXPECT_TRUE(Eventually([&] { return acquired() > before; }));
  ASSERT_TRUE(bulk.Add(RowsOf({{Int(1)}})));
  EXPECT_THAT(bulk.Finish(), IsOk());
}

TEST(BulkTest, IsNotCommittedWithoutFinish) {
  CreatePairs();
  Bulk bulk(Header("pairs", {"id", "name"}));
  ASSERT_TRUE(bulk.Add(Numbered(0, 10)));
  bulk.stream().HalfClose();
  const absl::Status status = bulk.End();
  EXPECT_THAT(status, HasReason("INVALID_FIELD"));
  EXPECT_TRUE(absl::StrContains(status.message(), "finish")) << status;
  EXPECT_EQ(client::OutcomeOf(status), client::Outcome::kNotDone);
  EXPECT_EQ(Count(), "0");
  EXPECT_EQ(BusyConnections(Servers().mariadb), "");
}

TEST(BulkTest, BatchesCommittedByThemselvesMayDoWithoutFinish) {
  CreatePairs();
  v1::BulkInsertHeader header = Header("pairs", {"id", "name"});
  header.set_commit(v1::BULK_COMMIT_EACH_BATCH);
  Bulk without(header);
  ASSERT_TRUE(without.Add(Numbered(0, 10)));
  without.stream().HalfClose();
  EXPECT_THAT(without.End(), IsOk());
  Bulk with(header);
  ASSERT_TRUE(with.Add(Numbered(10, 10)));
  EXPECT_THAT(with.Finish(), IsOk());
  EXPECT_TRUE(with.answer().committed());
  EXPECT_EQ(with.answer().row_count(), 0u);
  EXPECT_EQ(with.answer().total_rows(), 10u);
  EXPECT_EQ(Count(), "20");
}

// gRPC tells the server of a client that left as of one that has no more rows.
TEST(BulkTest, NothingStaysOfAClientThatLeaves) {
  CreatePairs();
  for (int i = 0; i < 50; ++i) {
    Bulk bulk(Header("pairs", {"id", "name"}));
    ASSERT_TRUE(bulk.Add(Numbered(100 * i, 100)));
    bulk.stream().Cancel();
    EXPECT_THAT(bulk.End(), StatusIs(absl::StatusCode::kCancelled));
  }
  EXPECT_TRUE(
      Eventually([] { return BusyConnections(Servers().mariadb).empty(); }));
  EXPECT_EQ(Count(), "0");
}

TEST(BulkTest, NothingStaysOfATornConnection) {
  CreatePairs();
  for (int i = 0; i < 10; ++i) {
    TcpGate gate(Servers().berthd.port());
    Bulk bulk(Header("pairs", {"id", "name"}), absl::Minutes(2),
              gate.endpoint());
    ASSERT_TRUE(bulk.Add(Numbered(100 * i, 100)));
    gate.Cut();
    EXPECT_FALSE(bulk.End().ok());
  }
  EXPECT_TRUE(
      Eventually([] { return BusyConnections(Servers().mariadb).empty(); }));
  EXPECT_EQ(Count(), "0");
}

TEST(BulkTest, ACancelEndsABatchThatWaitsForALock) {
  CreatePairs();
  Sql1("INSERT INTO pairs VALUES (5, 'held')");
  RawSession holder(Servers().berthd.endpoint());
  v1::SessionRequest request;
  request.mutable_open();
  request.set_request_id(1);
  ASSERT_TRUE(holder.Send(request));
  request = v1::SessionRequest();
  request.mutable_begin();
  request.set_request_id(2);
  ASSERT_TRUE(holder.Send(request));
  request = Request(Sql("UPDATE pairs SET name = 'x' WHERE id = 5"));
  request.set_request_id(3);
  ASSERT_TRUE(holder.Send(request));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(holder.Receive().has_value());
  const auto waits = [] {
    return Sql1(
               "SELECT COUNT(*) FROM information_schema.processlist WHERE "
               "user = 'berth' AND info LIKE 'INSERT INTO `pairs`%'") != "0";
  };
  Bulk bulk(Header("pairs", {"id", "name"}));
  ASSERT_TRUE(bulk.Send(Numbered(0, 10)));
  ASSERT_TRUE(Eventually(waits));
  bulk.stream().Cancel();
  EXPECT_TRUE(Eventually([&] { return !waits(); }, absl::Seconds(2)));
  EXPECT_THAT(bulk.End(), StatusIs(absl::StatusCode::kCancelled));
  holder.HalfClose();
  holder.Finish().IgnoreError();
  EXPECT_EQ(Count(), "1");
}

TEST(BulkTest, AKilledConnectionIsNotDone) {
  CreatePairs();
  Bulk bulk(Header("pairs", {"id", "name"}));
  ASSERT_TRUE(bulk.Add(Numbered(0, 10)));
  Sql1(absl::StrCat(
      "KILL CONNECTION ",
      Sql1("SELECT trx_mysql_thread_id FROM information_schema.innodb_trx "
           "WHERE trx_rows_modified > 0")));
  EXPECT_FALSE(bulk.Add(Numbered(10, 10)));
  const absl::Status status = bulk.End();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(status, HasReason("TRANSACTION_LOST"));
  EXPECT_EQ(client::OutcomeOf(status), client::Outcome::kNotDone);
  EXPECT_EQ(Count(), "0");
}

TEST(BulkTest, AnIdleClientLosesItsTransaction) {
  CreatePairs();
  Bulk bulk(Header("pairs", {"id", "name"}));
  ASSERT_TRUE(bulk.Add(Numbered(0, 10)));
  const absl::Time start = absl::Now();
  const absl::Status status = bulk.End();
  EXPECT_THAT(status, HasReason("TX_IDLE_TIMEOUT"));
  EXPECT_GE(absl::Now() - start, absl::Seconds(9));
  EXPECT_EQ(Count(), "0");
  EXPECT_EQ(BusyConnections(Servers().mariadb), "");
}

TEST(BulkTest, TheDeadlineOfTheCallBoundsIt) {
  CreatePairs();
  Bulk bulk(Header("pairs", {"id", "name"}), absl::Seconds(1));
  ASSERT_TRUE(bulk.Add(Numbered(0, 10)));
  EXPECT_THAT(bulk.End(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(
      Eventually([] { return BusyConnections(Servers().mariadb).empty(); }));
  EXPECT_EQ(Count(), "0");
}

TEST(BulkTest, ALargeBatchIsSplitAndATooLargeRowIsNamed) {
  Sql1("CREATE OR REPLACE TABLE large (id INT PRIMARY KEY, data LONGBLOB)");
  Bulk bulk(Header("large", {"id", "data"}));
  v1::Rows rows;
  for (int i = 0; i < 6; ++i) {
    v1::Row* row = rows.add_rows();
    *row->add_values() = Int(i);
    row->add_values()->set_blob(std::string(3'000'000, 'a' + i));
  }
  ASSERT_TRUE(bulk.Add(rows)) << bulk.End();
  EXPECT_EQ(bulk.answer().affected_rows(), 6u);
  rows = RowsOf({{Int(7), Text("small")}, {Int(8), Null()}});
  rows.mutable_rows(1)->mutable_values(1)->set_blob(
      std::string(17'000'000, 'x'));
  EXPECT_FALSE(bulk.Add(rows));
  const absl::Status status = bulk.End();
  EXPECT_THAT(status, HasReason("LIMIT"));
  EXPECT_EQ(client::MetadataOf(status, "row"), "7");
  EXPECT_EQ(Sql1("SELECT COUNT(*) FROM large"), "0");
}

TEST(BulkTest, ASingleInsertAfterABulkOneHasOneRow) {
  CreatePairs();
  for (int i = 0; i < 8; ++i) {
    Bulk bulk(Header("pairs", {"id", "name"}));
    ASSERT_TRUE(bulk.Add(Numbered(100 * i, 10)));
    ASSERT_THAT(bulk.Finish(), IsOk());
    ASSERT_THAT(Servers().client.Insert(InsertInto(
                    "pairs", {"id", "name"}, {Int(100 * i + 50), Text("one")})),
                IsOk());
  }
  EXPECT_EQ(Count(), "88");
}

TEST(BulkTest, IsMuchFasterThanSingleInserts) {
  const int rows = 100'000;
  const int batch = 1000;
  CreatePairs();
  absl::Time start = absl::Now();
  Bulk bulk(Header("pairs", {"id", "name"}));
  for (int i = 0; i < rows; i += batch) {
    ASSERT_TRUE(bulk.Add(Numbered(i, batch)));
  }
  ASSERT_THAT(bulk.Finish(), IsOk());
  const double together = absl::ToDoubleSeconds(absl::Now() - start);
  EXPECT_EQ(Count(), absl::StrCat(rows));
  const int single = 500;
  start = absl::Now();
  for (int i = 0; i < single; ++i) {
    ASSERT_THAT(Servers().client.Insert(InsertInto(
                    "pairs", {"id", "name"}, {Int(rows + i), Text("one")})),
                IsOk());
  }
  const double each = absl::ToDoubleSeconds(absl::Now() - start);
  std::printf("%.0f rows/s in bulk, %.0f rows/s one by one\n", rows / together,
              single / each);
  EXPECT_GT(rows / together, 5 * single / each);
}

TEST(BulkTest, NothingIsLeftInThePool) {
  EXPECT_TRUE(Eventually([] {
    auto stats = Servers().client.GetPoolStats();
    return stats.ok() && stats->in_use() == 0 && stats->waiting() == 0;
  }));
  EXPECT_EQ(BusyConnections(Servers().mariadb), "");
}

}  // namespace
}  // namespace berth::test
