// Puts the messages of a session's answer together.
#ifndef BERTH_CLIENT_SRC_RESULTS_H_
#define BERTH_CLIENT_SRC_RESULTS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/client/wire_message.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/session.pb.h"
#include "berth/v1/value.pb.h"

namespace berth::client::internal {

// The service's answer is none to the request.
absl::Status UnexpectedAnswer();

// Appends to `whole`, a row whose last value was cut, what goes on with it: the
// rest of that value and the values after it, which are moved out of `rest`.
void JoinRow(v1::Row& whole, v1::Row& rest);

// Adds a message to those of its answer. A value that was cut for being larger
// than a message is put together: all rows are whole once all is there.
// Until then such a result is parsed: `Seal` serialises it again.
void AddMessage(WireMessage message, std::vector<WireMessage>& answer);
void Seal(WireMessage& message);

// The results of an answer in their order, each with all its rows. Fails with
// INTERNAL if the answer holds something else.
absl::StatusOr<std::vector<v1::ResultChunk>> MergeResults(
    std::vector<v1::SessionResponse> messages);

// The result of a write. Fails with INTERNAL if the answer is none.
absl::StatusOr<v1::WriteResult> TakeWrite(
    std::vector<v1::SessionResponse> messages);

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_RESULTS_H_
