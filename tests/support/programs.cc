#include "tests/support/programs.h"

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/support/raw_rpc.h"

namespace berth::test {

v1::TransactionRequest ProgramOf(absl::string_view text) {
  v1::TransactionRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text),
                                                            &request))
      << text;
  return request;
}

absl::StatusOr<v1::TransactionResponse> RunProgram(
    const std::string& endpoint, const v1::TransactionRequest& program,
    absl::Duration timeout) {
  v1::TransactionResponse response;
  const absl::Status status =
      RawCall(endpoint, "Database/Transaction", program, &response, timeout);
  if (!status.ok()) return status;
  return response;
}

}  // namespace berth::test
