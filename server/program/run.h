// Running a program, again where MariaDB ended it for a conflict.
#ifndef BERTH_SERVER_PROGRAM_RUN_H_
#define BERTH_SERVER_PROGRAM_RUN_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/exec/caller.h"
#include "server/program/program.h"
#include "server/runtime/cancellation.h"
#include "server/runtime/task.h"

namespace berth::program {

// Time and chance, so that tests can decide what they are.
struct Pacing {
  // The machine's clock, timers of the shard, and dice.
  Pacing();

  std::function<absl::Time()> now;
  // From 0 to 1.
  std::function<double()> random;
  // Waits, or until the call is cancelled.
  std::function<runtime::Task<void>(absl::Duration, runtime::Cancellation*)>
      sleep;
};

// Runs the program on one of the caller's connections and fills in `response`
// with the bytes of a v1.TransactionResponse.
//
// A program that a deadlock, a conflict, a lock wait or the loss of its
// connection before COMMIT has ended is run again after a pause, at most
// `max_attempts` times and not past the deadline; then its last error is
// returned. Errors name the step, and in `attempts` how often it was run.
runtime::Task<absl::Status> Run(const Program& program, exec::Caller& caller,
                                const Pacing& pacing, std::string* response);

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_RUN_H_
