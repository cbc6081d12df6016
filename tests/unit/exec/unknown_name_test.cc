#include "server/exec/unknown_name.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::exec {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

catalog::Column Column(const char* name) {
  catalog::Column column;
  column.name = name;
  return column;
}

// The table users(id, email).
const catalog::Table& Users() {
  static const auto* table =
      new catalog::Table("users", {Column("id"), Column("email")}, {"id"});
  return *table;
}

absl::Status Explain(absl::string_view message,
                     const char* reason = errors::kUnknownColumn) {
  return ExplainUnknownName(
      errors::Error(absl::StatusCode::kInvalidArgument, reason)
          .Message(message)
          .With("errno", "1054")
          .With("sqlstate", "42S22"),
      Users());
}

TEST(ExplainUnknownName, NamesTheNearestColumn) {
  const absl::Status status = Explain("Unknown column 'emial' in 'WHERE'");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(errors::ReasonOf(status), "UNKNOWN_COLUMN");
  EXPECT_EQ(errors::MetadataOf(status, "column"), "emial");
  EXPECT_EQ(errors::MetadataOf(status, "nearest"), "email");
  EXPECT_EQ(errors::MetadataOf(status, "table"), "users");
  EXPECT_EQ(errors::MetadataOf(status, "errno"), "1054");
  EXPECT_EQ(errors::MetadataOf(status, "sqlstate"), "42S22");
  EXPECT_EQ(errors::MetadataOf(status, "outcome"), "NOT_DONE");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("did you mean \"email\"?"));
}

TEST(ExplainUnknownName, TakesTheLastPartOfAQualifiedName) {
  const absl::Status status = Explain("Unknown column 'db.u.emial' in 'ON'");
  EXPECT_EQ(errors::MetadataOf(status, "column"), "emial");
}

TEST(ExplainUnknownName, OffersNothingThatIsFarAway) {
  const absl::Status status =
      Explain("Unknown column 'completely_other' in 'WHERE'");
  EXPECT_EQ(errors::MetadataOf(status, "column"), "completely_other");
  EXPECT_EQ(errors::MetadataOf(status, "nearest"), "");
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("did you mean")));
}

TEST(ExplainUnknownName, LeavesOtherErrorsAlone) {
  const absl::Status other =
      Explain("Unknown column 'emial' in 'WHERE'", errors::kSyntax);
  EXPECT_EQ(errors::MetadataOf(other, "column"), "");
  EXPECT_TRUE(ExplainUnknownName(absl::OkStatus(), Users()).ok());
}

TEST(ExplainUnknownName, LeavesAMessageOfAnotherFormAlone) {
  for (const char* message :
       {"", "no quote", "one ' quote", "Unknown column '' in 'WHERE'"}) {
    const absl::Status status = Explain(message);
    EXPECT_EQ(errors::ReasonOf(status), "UNKNOWN_COLUMN");
    EXPECT_EQ(status.message(), message);
  }
}

}  // namespace
}  // namespace berth::exec
