#include "server/rpc/grpc_status.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "server/base/error.h"

namespace berth::rpc {
namespace {

google::rpc::Status Details(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

TEST(ToGrpcStatus, OfSuccessIsOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).error_details().empty());
}

TEST(ToGrpcStatus, CarriesTheDetailsWithTheSameCodeAndMessage) {
  const grpc::Status status = ToGrpcStatus(
      errors::Error(absl::StatusCode::kAborted, "DEADLOCK").Message("again"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(status.error_message(), "again");
  const google::rpc::Status details = Details(status);
  EXPECT_EQ(details.code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(details.message(), "again");
  google::rpc::ErrorInfo info;
  ASSERT_EQ(details.details_size(), 1);
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "DEADLOCK");
  EXPECT_EQ(info.domain(), "berth");
}

TEST(ToGrpcStatus, KeepsEveryCode) {
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status = ToGrpcStatus(
        errors::Error(static_cast<absl::StatusCode>(code), "INTERNAL"));
    EXPECT_EQ(static_cast<int>(status.error_code()), code);
    EXPECT_EQ(Details(status).code(), code);
  }
}

TEST(ToGrpcStatus, NamesAnErrorWithoutAReason) {
  const grpc::Status status = ToGrpcStatus(absl::UnavailableError("gone"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(Details(status).details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "INTERNAL");
  EXPECT_EQ(info.metadata().at("outcome"), "UNKNOWN");
}

}  // namespace
}  // namespace berth::rpc
