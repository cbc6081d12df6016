// One run of a program.
#ifndef BERTH_SERVER_PROGRAM_ATTEMPT_H_
#define BERTH_SERVER_PROGRAM_ATTEMPT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/exec/caller.h"
#include "server/program/answer.h"
#include "server/program/outcomes.h"
#include "server/program/program.h"
#include "server/runtime/task.h"

namespace berth::program {

// Begins, runs the steps one after the other on one connection, and commits.
// All is borrowed. Used once.
class Attempt {
 public:
  Attempt(const Program* program, exec::Caller* caller, Answer* answer)
      : program_(*program),
        caller_(*caller),
        answer_(*answer),
        outcomes_(program) {}

  // `now` bounds the wait for locks by the deadline. After an error nothing is
  // left of the transaction, or the connection is broken; the error's outcome
  // tells whether all is undone.
  runtime::Task<absl::Status> Run(absl::Time now);

 private:
  runtime::Task<absl::Status> Begin(absl::Time now);
  runtime::Task<absl::Status> RunSteps();
  runtime::Task<absl::Status> RunStep(int index);
  // Runs `step`, which is step `index` with its values, and answers it.
  runtime::Task<absl::Status> Operate(int index, const v1::Step& step);
  runtime::Task<absl::Status> Execute(int index, const v1::Step& step);
  // Undoes what a failed step has left. `status` is its error; returns OK if
  // the program may go on, else how it ends.
  runtime::Task<absl::Status> Undo(int index, absl::Status status);
  runtime::Task<absl::Status> Commit();
  runtime::Task<void> RollBack();

  // Of a statement that MariaDB does not kill.
  runtime::Task<absl::Status> Send(std::string sql);
  void Note(const v1::WriteResult& result, int index);

  const Program& program_;
  exec::Caller& caller_;
  Answer& answer_;
  Outcomes outcomes_;
};

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_ATTEMPT_H_
