// A transaction program as a client would run it in a session, request by
// request.
#ifndef BERTH_TESTS_INTEGRATION_PROGRAM_AS_SESSION_H_
#define BERTH_TESTS_INTEGRATION_PROGRAM_AS_SESSION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/client/client.h"
#include "berth/v1/transaction.pb.h"

namespace berth::test {

// Follows transaction.proto, and shares no code with the server: references
// are put in by hand, and numbers, which must be small, compare as doubles.
class ProgramAsSession {
 public:
  ProgramAsSession(client::Session* session,
                   const v1::TransactionRequest* program)
      : session_(*session), program_(*program) {}

  // One line for each step that says what became of it; then `committed`, or
  // how the program ended. See Describe for the same of the one call.
  std::string Run();

 private:
  struct Outcome {
    enum class State { kPending, kSkipped, kFailed, kDone };
    State state = State::kPending;
    std::optional<uint64_t> last_insert_id;
    uint64_t affected_rows = 0;
    std::vector<v1::ResultChunk> results;
  };

  // Fails with a status whose message is a reason.
  absl::StatusOr<v1::Value> Resolve(const v1::Ref& ref, int self) const;
  absl::Status Put(v1::Value& value) const;
  absl::Status PutAll(v1::Step& step) const;
  absl::StatusOr<bool> Holds(const v1::Comparison& comparison, int self) const;
  absl::StatusOr<bool> Holds(const v1::Condition& condition) const;
  // What one step did; its errors are the service's.
  absl::StatusOr<v1::StepResult> Operate(const v1::Step& step,
                                         Outcome& outcome);
  std::string RunStep(int index, bool& ended);
  int IndexOf(const std::string& id) const;

  client::Session& session_;
  const v1::TransactionRequest& program_;
  std::vector<Outcome> outcomes_;
};

// The answer of the call, or its error, as ProgramAsSession::Run says it: after
// an error only the last line.
std::string Describe(const absl::StatusOr<v1::TransactionResponse>& answer);

}  // namespace berth::test

#endif  // BERTH_TESTS_INTEGRATION_PROGRAM_AS_SESSION_H_
