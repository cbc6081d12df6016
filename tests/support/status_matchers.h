// Matchers for absl::Status and absl::StatusOr as berth::client returns them.
//
//   EXPECT_THAT(client.Insert(row), IsOk());
//   EXPECT_THAT(client.Insert(row), AllOf(StatusIs(kAlreadyExists),
//                                         HasReason("DUPLICATE_KEY")));
#ifndef BERTH_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define BERTH_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/client/error.h"

namespace berth::test {

inline const absl::Status& ToStatus(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& ToStatus(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, "") {
  *result_listener << ToStatus(arg) << " " << client::ReasonOf(ToStatus(arg));
  return ToStatus(arg).ok();
}

MATCHER_P(StatusIs, code, "") {
  *result_listener << ToStatus(arg);
  return ToStatus(arg).code() == code;
}

MATCHER_P(HasReason, reason, "") {
  *result_listener << "whose reason is " << client::ReasonOf(ToStatus(arg))
                   << ": " << ToStatus(arg);
  return client::ReasonOf(ToStatus(arg)) == reason;
}

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_STATUS_MATCHERS_H_
