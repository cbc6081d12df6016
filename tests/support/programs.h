// Transaction programs, shortly.
#ifndef BERTH_TESTS_SUPPORT_PROGRAMS_H_
#define BERTH_TESTS_SUPPORT_PROGRAMS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "berth/v1/transaction.pb.h"

namespace berth::test {

// A program in protobuf's text format; a mistake in it is a failure of the
// test.
v1::TransactionRequest ProgramOf(absl::string_view text);

// Runs it by the method Transaction.
absl::StatusOr<v1::TransactionResponse> RunProgram(
    const std::string& endpoint, const v1::TransactionRequest& program,
    absl::Duration timeout = absl::Minutes(1));

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_PROGRAMS_H_
