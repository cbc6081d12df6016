#include "server/mariadb/error_map.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::mariadb {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using Effect = ErrorContext::Effect;

ErrorContext In(Effect effect, bool in_transaction) {
  ErrorContext context;
  context.effect = effect;
  context.in_transaction = in_transaction;
  return context;
}

absl::Status Fail(unsigned int number, const ErrorContext& context) {
  return StatementError(DatabaseError(number, "HY000", "the message"), context);
}

// Every situation that a statement can be in.
std::vector<ErrorContext> Situations() {
  std::vector<ErrorContext> all;
  for (Effect effect : {Effect::kNone, Effect::kWrite, Effect::kCommit}) {
    all.push_back(In(effect, false));
    all.push_back(In(effect, true));
  }
  return all;
}

std::string Describe(const absl::Status& status) {
  return absl::StrCat(absl::StatusCodeToString(status.code()), " ",
                      errors::ReasonOf(status), " ",
                      errors::MetadataOf(status, "outcome"), " ",
                      errors::MetadataOf(status, "retry"));
}

// Errors of the server, with what is known whatever the statement was.
struct Row {
  std::vector<unsigned int> numbers;
  const char* expected;
};

const Row kServerErrors[] = {
    // Conflicts between transactions.
    {{1213, 1206, 1613, 1614}, "ABORTED DEADLOCK NOT_DONE TRANSACTION"},
    {{1020, 1412}, "ABORTED WRITE_CONFLICT NOT_DONE TRANSACTION"},
    {{1205}, "ABORTED LOCK_WAIT_TIMEOUT NOT_DONE TRANSACTION"},
    {{1402}, "ABORTED TRANSACTION_LOST NOT_DONE TRANSACTION"},
    {{1615}, "ABORTED SCHEMA_DRIFT NOT_DONE STATEMENT"},
    // The server's state.
    {{1047}, "UNAVAILABLE DATABASE_UNREACHABLE NOT_DONE LATER"},
    {{1290, 1836}, "UNAVAILABLE READ_ONLY NOT_DONE LATER"},
    {{1792}, "FAILED_PRECONDITION READ_ONLY NOT_DONE NEVER"},
    {{1317}, "CANCELLED CANCELLED NOT_DONE TRANSACTION"},
    {{1969}, "DEADLINE_EXCEEDED EXECUTE NOT_DONE NEVER"},
    {{1021, 1037, 1038, 1041, 1114, 1461},
     "RESOURCE_EXHAUSTED DATABASE_RESOURCES NOT_DONE LATER"},
    {{1030}, "INTERNAL INTERNAL NOT_DONE NEVER"},
    // Rights.
    {{1044, 1142, 1143, 1227, 1370}, "PERMISSION_DENIED POLICY NOT_DONE NEVER"},
    // Constraints.
    {{1022, 1062, 1169, 1586}, "ALREADY_EXISTS DUPLICATE_KEY NOT_DONE NEVER"},
    {{1216, 1217, 1451, 1452},
     "FAILED_PRECONDITION FOREIGN_KEY NOT_DONE NEVER"},
    {{1369, 1644, 4025}, "FAILED_PRECONDITION CHECK_CONSTRAINT NOT_DONE NEVER"},
    // The statement and its values.
    {{1049}, "NOT_FOUND UNKNOWN_DATABASE NOT_DONE NEVER"},
    {{1051, 1146}, "INVALID_ARGUMENT UNKNOWN_TABLE NOT_DONE NEVER"},
    {{1054}, "INVALID_ARGUMENT UNKNOWN_COLUMN NOT_DONE NEVER"},
    {{1064, 1149}, "INVALID_ARGUMENT SYNTAX NOT_DONE NEVER"},
    {{1048, 1364}, "INVALID_ARGUMENT NULL_NOT_ALLOWED NOT_DONE NEVER"},
    {{1118, 1406}, "INVALID_ARGUMENT VALUE_TOO_LONG NOT_DONE NEVER"},
    {{1231, 1264, 1265, 1292, 1365, 1366, 1690},
     "INVALID_ARGUMENT VALUE_OUT_OF_RANGE NOT_DONE NEVER"},
    // Not in the table: the server refused, so nothing was done.
    {{1105, 1136, 1153, 1305, 1390, 1999, 3000, 4166, 4999},
     "INVALID_ARGUMENT STATEMENT_ERROR NOT_DONE NEVER"},
};

TEST(StatementError, SaysOfAServerErrorWhatTheTableSays) {
  for (const Row& row : kServerErrors) {
    for (unsigned int number : row.numbers) {
      for (const ErrorContext& context : Situations()) {
        EXPECT_EQ(Describe(Fail(number, context)), row.expected) << number;
      }
    }
  }
}

TEST(StatementError, CallsAShutdownUnknownOnlyDuringCommit) {
  for (unsigned int number : {1053, 1077, 1079}) {
    for (bool in_transaction : {false, true}) {
      for (Effect effect : {Effect::kNone, Effect::kWrite}) {
        EXPECT_EQ(Describe(Fail(number, In(effect, in_transaction))),
                  "UNAVAILABLE DATABASE_UNREACHABLE NOT_DONE LATER");
      }
      EXPECT_EQ(Describe(Fail(number, In(Effect::kCommit, in_transaction))),
                "UNKNOWN OUTCOME_UNKNOWN UNKNOWN WITH_KEY");
    }
  }
}

// Lost connections: of libmariadb, and as the server saw them. 1180 and 1181
// are a COMMIT or ROLLBACK that failed in the midst.
const std::vector<unsigned int> kLost = {
    2000, 2006, 2013, 2014, 2026, 2027, 2030, 2031, 2055, 2056, 2057, 5013,
    5014, 1156, 1157, 1158, 1159, 1160, 1161, 1180, 1181, 1184, 1927};

TEST(StatementError, OfALostReadIsUnavailable) {
  for (unsigned int number : kLost) {
    EXPECT_EQ(Describe(Fail(number, In(Effect::kNone, false))),
              "UNAVAILABLE CONNECTION_LOST NOT_DONE STATEMENT")
        << number;
  }
}

TEST(StatementError, OfALostStatementWithinATransactionIsAborted) {
  for (unsigned int number : kLost) {
    for (Effect effect : {Effect::kNone, Effect::kWrite}) {
      EXPECT_EQ(Describe(Fail(number, In(effect, true))),
                "ABORTED TRANSACTION_LOST NOT_DONE TRANSACTION")
          << number;
    }
  }
}

TEST(StatementError, OfALostWriteIsUnknown) {
  for (unsigned int number : kLost) {
    EXPECT_EQ(Describe(Fail(number, In(Effect::kWrite, false))),
              "UNKNOWN OUTCOME_UNKNOWN UNKNOWN WITH_KEY")
        << number;
  }
}

TEST(StatementError, OfALostCommitIsUnknown) {
  for (unsigned int number : kLost) {
    for (bool in_transaction : {false, true}) {
      EXPECT_EQ(Describe(Fail(number, In(Effect::kCommit, in_transaction))),
                "UNKNOWN OUTCOME_UNKNOWN UNKNOWN WITH_KEY")
          << number;
    }
  }
}

// The invariants over every number that there may be.
TEST(StatementError, KeepsItsPromisesForEveryNumber) {
  const std::set<std::string> kOutcomes = {"NOT_DONE", "UNKNOWN"};
  const std::set<std::string> kRetries = {"NEVER", "STATEMENT", "TRANSACTION",
                                          "LATER", "WITH_KEY"};
  for (unsigned int number = 1000; number < 5100; ++number) {
    for (const ErrorContext& context : Situations()) {
      const absl::Status status = Fail(number, context);
      const std::string outcome = errors::MetadataOf(status, "outcome");
      ASSERT_FALSE(status.ok()) << number;
      ASSERT_FALSE(errors::ReasonOf(status).empty()) << number;
      ASSERT_EQ(kOutcomes.count(outcome), 1u) << number;
      ASSERT_EQ(kRetries.count(errors::MetadataOf(status, "retry")), 1u);
      ASSERT_EQ(errors::MetadataOf(status, "errno"), absl::StrCat(number));
      ASSERT_EQ(errors::MetadataOf(status, "phase"), "EXECUTE");
      // gRPC repeats UNAVAILABLE, so it must not be ambiguous.
      ASSERT_EQ(outcome == "UNKNOWN", status.code() == StatusCode::kUnknown);
      ASSERT_TRUE(outcome == "NOT_DONE" || IsFatal(number)) << number;
      ASSERT_TRUE(context.effect != Effect::kNone || outcome == "NOT_DONE");
    }
  }
}

TEST(StatementError, KeepsTheDatabasesWords) {
  ErrorContext context;
  context.phase = "FETCH";
  const absl::Status status =
      StatementError(DatabaseError(1062, "23000", "Duplicate entry"), context);
  EXPECT_EQ(status.message(), "Duplicate entry");
  EXPECT_EQ(errors::MetadataOf(status, "errno"), "1062");
  EXPECT_EQ(errors::MetadataOf(status, "sqlstate"), "23000");
  EXPECT_EQ(errors::MetadataOf(status, "phase"), "FETCH");
  EXPECT_THAT(std::string(Fail(2013, context).message()),
              HasSubstr("the message"));
}

TEST(ConnectError, TellsOutageFromMisconfiguration) {
  const Row kRows[] = {
      {{2000, 2001, 2002, 2003, 2004, 2005, 2012, 2013, 2026, 5001, 1129, 1130,
        4150, 1053},
       "UNAVAILABLE DATABASE_UNREACHABLE NOT_DONE LATER"},
      {{1044, 1045, 1698, 2049, 2059, 2061, 5010},
       "INTERNAL DATABASE_MISCONFIGURED NOT_DONE LATER"},
      {{1040, 1203, 1226},
       "RESOURCE_EXHAUSTED DATABASE_RESOURCES NOT_DONE LATER"},
      {{1049}, "NOT_FOUND UNKNOWN_DATABASE NOT_DONE NEVER"},
  };
  for (const Row& row : kRows) {
    for (unsigned int number : row.numbers) {
      EXPECT_EQ(Describe(ConnectError(DatabaseError(number, "HY000", "no"))),
                row.expected)
          << number;
    }
  }
}

TEST(ConnectError, TellsARefusedCertificateFromABrokenHandshake) {
  for (const char* message :
       {"TLS/SSL error: self-signed certificate in certificate chain",
        "TLS/SSL error: SSL is required, but the server does not support it"}) {
    EXPECT_EQ(Describe(ConnectError(DatabaseError(2026, "HY000", message))),
              "INTERNAL DATABASE_MISCONFIGURED NOT_DONE LATER");
  }
  EXPECT_EQ(Describe(ConnectError(DatabaseError(
                2026, "HY000", "TLS/SSL error: Connection reset by peer"))),
            "UNAVAILABLE DATABASE_UNREACHABLE NOT_DONE LATER");
}

TEST(ConnectError, IsNeverInDoubt) {
  for (unsigned int number = 1000; number < 5100; ++number) {
    const absl::Status status = ConnectError(DatabaseError(number, "", "no"));
    ASSERT_EQ(errors::MetadataOf(status, "outcome"), "NOT_DONE") << number;
    ASSERT_FALSE(errors::MetadataOf(status, "retry").empty()) << number;
    ASSERT_EQ(errors::MetadataOf(status, "errno"), absl::StrCat(number));
  }
}

TEST(IsFatal, IsTrueForWhateverLeavesTheConnectionInDoubt) {
  for (unsigned int number : kLost) EXPECT_TRUE(IsFatal(number)) << number;
  for (unsigned int number :
       {1047, 1053, 1077, 1079, 1153, 1290, 1836, 2008, 2020}) {
    EXPECT_TRUE(IsFatal(number)) << number;
  }
  for (unsigned int number = 2000; number < 3000; ++number) {
    EXPECT_TRUE(IsFatal(number)) << number;
  }
  for (unsigned int number = 5000; number < 5100; ++number) {
    EXPECT_TRUE(IsFatal(number)) << number;
  }
}

TEST(IsFatal, IsFalseForAStatementThatWasRefused) {
  for (unsigned int number :
       {1020, 1048, 1049, 1054, 1062, 1064, 1142, 1146, 1205, 1213,
        1264, 1317, 1406, 1451, 1461, 1615, 1792, 1969, 4025, 4166}) {
    EXPECT_FALSE(IsFatal(number)) << number;
  }
}

TEST(EndsTransaction, IsTrueWhereMariaDbRolledAllBack) {
  for (unsigned int number : {1020, 1206, 1213, 1402, 1412, 1613, 1614}) {
    EXPECT_TRUE(EndsTransaction(number)) << number;
  }
}

// 1205 undoes the statement only.
TEST(EndsTransaction, IsFalseWhereOnlyTheStatementFailed) {
  for (unsigned int number : {1048, 1062, 1064, 1205, 1317, 1451, 1969, 4025}) {
    EXPECT_FALSE(EndsTransaction(number)) << number;
  }
}

}  // namespace
}  // namespace berth::mariadb
