#include "server/base/error.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/rpc_status.h"
#include "server/base/utf8.h"

namespace berth::errors {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr char kEuro[] = "\xE2\x82\xAC";

template <typename Detail>
Detail DetailOf(const google::rpc::Status& status) {
  Detail detail;
  for (const auto& any : status.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  ADD_FAILURE() << "no " << Detail::descriptor()->full_name();
  return detail;
}

std::string Repeat(absl::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) absl::StrAppend(&result, text);
  return result;
}

// An error of which every part is as large as callers can make it.
Error Largest() {
  Error error(kInvalid, kUnknownColumn);
  error.Message(Repeat(kEuro, 10'000)).RetryAfter(absl::Seconds(1e9));
  for (int i = 0; i < 100; ++i) {
    error.With(absl::StrCat("key", i), Repeat(kEuro, 1000));
    error.Field(absl::StrCat("field", i, Repeat(kEuro, 1000)),
                Repeat(kEuro, 1000));
  }
  return error;
}

TEST(Error, HasCodeMessageReasonAndDomain) {
  const absl::Status status = Error(kInvalid, kSyntax).Message("no table");
  EXPECT_EQ(status.code(), kInvalid);
  EXPECT_EQ(status.message(), "no table");
  EXPECT_EQ(ReasonOf(status), "SYNTAX");
  const auto info = DetailOf<google::rpc::ErrorInfo>(ToRpcStatus(status));
  EXPECT_EQ(info.domain(), "berth");
}

TEST(Error, TellsOutcomeAndRetryUnasked) {
  const absl::Status status = Error(kInvalid, kSyntax);
  EXPECT_EQ(MetadataOf(status, "outcome"), "NOT_DONE");
  EXPECT_EQ(MetadataOf(status, "retry"), "NEVER");
}

TEST(Error, NamesEveryOutcome) {
  const std::vector<std::pair<Outcome, std::string>> cases = {
      {Outcome::kNotDone, "NOT_DONE"},
      {Outcome::kDone, "DONE"},
      {Outcome::kUnknown, "UNKNOWN"}};
  for (const auto& [outcome, name] : cases) {
    const absl::Status status = Error(kInvalid, kSyntax).Is(outcome);
    EXPECT_EQ(MetadataOf(status, "outcome"), name);
  }
}

TEST(Error, NamesEveryRetry) {
  const std::vector<std::pair<Retry, std::string>> cases = {
      {Retry::kNever, "NEVER"},
      {Retry::kStatement, "STATEMENT"},
      {Retry::kTransaction, "TRANSACTION"},
      {Retry::kLater, "LATER"},
      {Retry::kWithKey, "WITH_KEY"}};
  for (const auto& [retry, name] : cases) {
    const absl::Status status = Error(kInvalid, kSyntax).Is(retry);
    EXPECT_EQ(MetadataOf(status, "retry"), name);
  }
}

TEST(Error, KeepsMetadataAndFields) {
  const absl::Status status = Error(kInvalid, kUnknownColumn)
                                  .With("column", "nam")
                                  .Field("insert.columns[0]", "unknown");
  EXPECT_EQ(MetadataOf(status, "column"), "nam");
  EXPECT_EQ(MetadataOf(status, "table"), "");
  const auto bad = DetailOf<google::rpc::BadRequest>(ToRpcStatus(status));
  ASSERT_EQ(bad.field_violations_size(), 1);
  EXPECT_EQ(bad.field_violations(0).field(), "insert.columns[0]");
  EXPECT_EQ(bad.field_violations(0).description(), "unknown");
}

TEST(Error, TellsWhenToRetry) {
  const absl::Status status =
      Error(kInvalid, kPoolWait).RetryAfter(absl::Milliseconds(1250));
  const auto retry = DetailOf<google::rpc::RetryInfo>(ToRpcStatus(status));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);
}

TEST(Error, HasNoFurtherDetailsUnlessAsked) {
  const absl::Status status = Error(kInvalid, kSyntax);
  EXPECT_EQ(ToRpcStatus(status).details_size(), 1);
}

TEST(Error, CutsTheMessageBetweenCharacters) {
  for (size_t shift = 0; shift < 4; ++shift) {
    const absl::Status status =
        Error(kInvalid, kSyntax)
            .Message(absl::StrCat(std::string(shift, 'x'),
                                  Repeat("\xF0\x9F\x98\x80", 1000)));
    EXPECT_TRUE(IsValidUtf8(status.message()));
    EXPECT_LE(status.message().size(), limits::kErrorMessageBytes);
    EXPECT_GT(status.message().size(), limits::kErrorMessageBytes - 4);
  }
}

TEST(Error, KeepsAMessageOfExactlyTheLimit) {
  const std::string text(limits::kErrorMessageBytes, 'x');
  const absl::Status status = Error(kInvalid, kSyntax).Message(text);
  EXPECT_EQ(status.message(), text);
}

TEST(Error, MakesItsTextsValidUtf8) {
  const absl::Status status = Error(kInvalid, kSyntax)
                                  .Message("a\xFF")
                                  .With("table", "b\xC3")
                                  .Field("c\x80", "d\xED\xA0\x80");
  EXPECT_EQ(status.message(), "a?");
  EXPECT_EQ(MetadataOf(status, "table"), "b?");
  const auto bad = DetailOf<google::rpc::BadRequest>(ToRpcStatus(status));
  EXPECT_EQ(bad.field_violations(0).field(), "c?");
  EXPECT_EQ(bad.field_violations(0).description(), "d???");
}

TEST(Error, KeepsTheLongestIdentifiersWhole) {
  const std::string name = Repeat("\xF0\x9F\x98\x80", 64);
  const absl::Status status = Error(kInvalid, kUnknownColumn)
                                  .With("column", name)
                                  .With("errno", "1054")
                                  .With("nearest", name)
                                  .With("sqlstate", "42S22")
                                  .With("table", name);
  for (const char* key : {"column", "nearest", "table"}) {
    EXPECT_EQ(MetadataOf(status, key), name) << key;
  }
  EXPECT_EQ(MetadataOf(status, "sqlstate"), "42S22");
}

TEST(Error, StaysBelowFourKibibytesWithEverythingAtItsMaximum) {
  absl::Status status = Largest();
  for (int i = 0; i < 100; ++i) {
    status = WithMetadata(status, absl::StrCat("more", i), Repeat(kEuro, 1000));
    status = WithFieldPrefix(status, "program.steps[123].insert.");
  }
  const google::rpc::Status wire = ToRpcStatus(status);
  EXPECT_LE(wire.ByteSizeLong(), 4096u);
  EXPECT_LE(wire.message().size(), 1024u);
  // The message goes percent-encoded beside the details, which go in base64;
  // gRPC takes 8 KiB in all, of which its own headers need a part.
  EXPECT_LE(wire.message().size() * 3 + wire.ByteSizeLong() * 4 / 3, 7936u);
  EXPECT_EQ(MetadataOf(status, "outcome"), "NOT_DONE");
  EXPECT_EQ(MetadataOf(status, "retry"), "NEVER");
}

TEST(Error, IsValidUtf8WhereverItIsCut) {
  const google::rpc::Status wire =
      ToRpcStatus(WithFieldPrefix(Largest(), "\xC3\xA4."));
  google::rpc::Status parsed;
  EXPECT_TRUE(parsed.ParseFromString(wire.SerializeAsString()));
  std::vector<std::string> texts = {parsed.message()};
  const auto info = DetailOf<google::rpc::ErrorInfo>(parsed);
  for (const auto& [key, value] : info.metadata()) texts.push_back(value);
  const auto bad = DetailOf<google::rpc::BadRequest>(parsed);
  for (const auto& violation : bad.field_violations()) {
    texts.push_back(violation.field());
    texts.push_back(violation.description());
  }
  EXPECT_THAT(texts, Each(::testing::Truly([](const std::string& text) {
                return IsValidUtf8(text);
              })));
}

TEST(WithMetadata, AddsAndReplaces) {
  absl::Status status = Error(kInvalid, kSyntax).With("table", "users");
  status = WithMetadata(status, "table", "orders");
  status = WithMetadata(status, "errno", "1064");
  EXPECT_EQ(MetadataOf(status, "table"), "orders");
  EXPECT_EQ(MetadataOf(status, "errno"), "1064");
  EXPECT_EQ(MetadataOf(status, "outcome"), "NOT_DONE");
}

TEST(WithMetadata, LeavesAStatusWithoutDetailsAlone) {
  EXPECT_EQ(WithMetadata(absl::OkStatus(), "table", "t"), absl::OkStatus());
}

TEST(WithFieldPrefix, PrefixesEveryField) {
  const absl::Status status = WithFieldPrefix(Error(kInvalid, kInvalidField)
                                                  .Field("rows[0]", "one")
                                                  .Field("rows[1]", "two"),
                                              "insert.");
  const auto bad = DetailOf<google::rpc::BadRequest>(ToRpcStatus(status));
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(0).field(), "insert.rows[0]");
  EXPECT_EQ(bad.field_violations(1).field(), "insert.rows[1]");
  EXPECT_EQ(bad.field_violations(1).description(), "two");
}

TEST(WithFieldPrefix, LeavesErrorsWithoutFieldsAlone) {
  const absl::Status status = Error(kInvalid, kSyntax).Message("m");
  EXPECT_EQ(WithFieldPrefix(status, "insert."), status);
  EXPECT_EQ(WithFieldPrefix(absl::OkStatus(), "insert."), absl::OkStatus());
}

TEST(ToRpcStatus, OfSuccessIsEmpty) {
  EXPECT_EQ(ToRpcStatus(absl::OkStatus()).ByteSizeLong(), 0u);
}

TEST(ToRpcStatus, NamesAnErrorWithoutAReasonInternalWithUnknownOutcome) {
  const google::rpc::Status wire =
      ToRpcStatus(absl::ResourceExhaustedError("out of memory"));
  EXPECT_EQ(wire.code(),
            static_cast<int>(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(wire.message(), HasSubstr("out of memory"));
  const auto info = DetailOf<google::rpc::ErrorInfo>(wire);
  EXPECT_EQ(info.reason(), "INTERNAL");
  EXPECT_EQ(info.metadata().at("outcome"), "UNKNOWN");
  EXPECT_EQ(info.metadata().at("retry"), "NEVER");
}

TEST(ToRpcStatus, CutsAnErrorWithoutAReason) {
  const google::rpc::Status wire =
      ToRpcStatus(absl::InternalError(std::string(100'000, '\xFF')));
  EXPECT_LE(wire.ByteSizeLong(), 4096u);
  EXPECT_TRUE(IsValidUtf8(wire.message()));
}

// gRPC's clients repeat UNAVAILABLE by themselves.
TEST(ToRpcStatus, NeverCallsAnUnknownOutcomeUnavailable) {
  const google::rpc::Status wire = ToRpcStatus(absl::UnavailableError("gone"));
  EXPECT_EQ(wire.code(), static_cast<int>(absl::StatusCode::kInternal));
}

TEST(ToRpcStatus, NamesAnErrorWhoseReasonIsEmpty) {
  const google::rpc::Status wire = ToRpcStatus(Error(kInvalid, ""));
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(wire).reason(), "INTERNAL");
}

}  // namespace
}  // namespace berth::errors
