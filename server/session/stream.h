// A session's stream, whatever carries it.
#ifndef BERTH_SERVER_SESSION_STREAM_H_
#define BERTH_SERVER_SESSION_STREAM_H_

#include <optional>
#include <string>

#include "server/runtime/task.h"

namespace berth::session {

// Serialised SessionRequests in, serialised SessionResponses out. One read and
// one write at a time.
class Stream {
 public:
  virtual ~Stream() = default;

  // The next request; nullopt when the client has no more or is gone.
  virtual runtime::Task<std::optional<std::string>> Read() = 0;
  // Lets a Read that waits return nullopt, and every further one.
  virtual void StopReading() = 0;
  // Sends an answer. False when the client is gone.
  virtual runtime::Task<bool> Write(std::string message) = 0;
  // Ends the stream of a client that takes no answers: a Write that waits
  // returns false soon.
  virtual void Abort() = 0;
};

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_STREAM_H_
