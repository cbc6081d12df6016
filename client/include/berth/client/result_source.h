// What a stream of rows is made of: the place where tests put their own.
#ifndef BERTH_CLIENT_RESULT_SOURCE_H_
#define BERTH_CLIENT_RESULT_SOURCE_H_

#include "absl/status/statusor.h"
#include "berth/client/export.h"
#include "berth/v1/result.pb.h"

namespace berth::client {

// The messages of one streamed answer. Programs use `RowStream`; this interface
// exists for mocks (`mocks/mock_connection.h`) and for decorators.
//
// The destructor of one that has not ended ends the statement.
//
// Thread safety: none; used by one thread at a time.
class BERTH_CLIENT_EXPORT ResultSource {
 public:
  virtual ~ResultSource() = default;

  // Waits for the next message; null once the answer is complete. Its content
  // may be taken; the message itself lives until the next call. Not called
  // again after null or a failure.
  virtual absl::StatusOr<v1::ResultChunk*> Next() = 0;

  // Ends the statement at once. `Next` is not called afterwards.
  virtual void Cancel() = 0;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_RESULT_SOURCE_H_
