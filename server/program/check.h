// Checks a transaction program before anything of it runs.
#ifndef BERTH_SERVER_PROGRAM_CHECK_H_
#define BERTH_SERVER_PROGRAM_CHECK_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "berth/v1/transaction.pb.h"
#include "server/program/program.h"

namespace berth::program {

// Checks all that can be known without the database: ids, references,
// conditions, values, and that no statement ends the transaction. `max_rows`
// caps each result; the reads of the request are given limits by it.
//
// Fails with INVALID_FIELD or LIMIT, which name the step and the field.
absl::StatusOr<Program> Check(v1::TransactionRequest& request,
                              uint64_t max_rows);

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_CHECK_H_
