#include "server/rpc/request_options.h"

#include <string>

#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/limits.h"
#include "server/base/rpc_status.h"

namespace berth::rpc {
namespace {

std::string FieldOf(const absl::Status& status) {
  const google::rpc::Status wire = errors::ToRpcStatus(status);
  google::rpc::BadRequest bad;
  for (const auto& detail : wire.details()) {
    if (detail.UnpackTo(&bad)) return bad.field_violations(0).field();
  }
  return std::string();
}

TEST(CheckOptions, TakesNoOptionsAndATag) {
  v1::RequestOptions options;
  EXPECT_TRUE(CheckOptions(options).ok());
  options.set_tag(std::string(limits::kTagBytes, 'x'));
  EXPECT_TRUE(CheckOptions(options).ok());
}

TEST(CheckOptions, RefusesWhatIsNotAliveNamingTheField) {
  v1::RequestOptions key;
  key.set_idempotency_key("k");
  v1::RequestOptions token;
  token.set_consistency_token("t");
  v1::RequestOptions staleness;
  staleness.mutable_max_staleness();
  const std::pair<v1::RequestOptions, std::string> kCases[] = {
      {key, "options.idempotency_key"},
      {token, "options.consistency_token"},
      {staleness, "options.max_staleness"}};
  for (const auto& [options, field] : kCases) {
    const absl::Status status = CheckOptions(options);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << field;
    EXPECT_EQ(errors::ReasonOf(status), "NOT_IMPLEMENTED");
    EXPECT_EQ(FieldOf(status), field);
  }
}

// Whoever adds an option decides here whether it is alive.
TEST(CheckOptions, KnowsEveryOption) {
  const auto* descriptor = v1::RequestOptions::descriptor();
  EXPECT_EQ(descriptor->field_count(), 4);
  for (const char* name :
       {"idempotency_key", "consistency_token", "max_staleness", "tag"}) {
    EXPECT_NE(descriptor->FindFieldByName(name), nullptr) << name;
  }
}

TEST(CheckOptions, RefusesATagThatIsTooLong) {
  v1::RequestOptions options;
  options.set_tag(std::string(limits::kTagBytes + 1, 'x'));
  const absl::Status status = CheckOptions(options);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FieldOf(status), "options.tag");
}

TEST(Missing, NamesTheField) {
  const absl::Status status = Missing("select");
  EXPECT_EQ(errors::ReasonOf(status), "INVALID_FIELD");
  EXPECT_EQ(FieldOf(status), "select");
}

}  // namespace
}  // namespace berth::rpc
