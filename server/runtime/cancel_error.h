// The errors of what a cancellation ended.
#ifndef BERTH_SERVER_RUNTIME_CANCEL_ERROR_H_
#define BERTH_SERVER_RUNTIME_CANCEL_ERROR_H_

#include "absl/status/status.h"
#include "server/runtime/cancellation.h"

namespace berth::runtime {

// DEADLINE_EXCEEDED with `phase` as its reason if the time was over; else
// CANCELLED. `phase` tells where the time went: `QUEUE` before anything was
// sent to MariaDB, `EXECUTE` or `FETCH`. The outcome is NOT_DONE.
absl::Status CancelError(CancelCause cause, const char* phase);

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_CANCEL_ERROR_H_
