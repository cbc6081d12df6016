// The requests of a session that wait for their turn.
#ifndef BERTH_SERVER_SESSION_INBOX_H_
#define BERTH_SERVER_SESSION_INBOX_H_

#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "berth/v1/session.pb.h"

namespace berth::session {

// A request as it came.
struct Incoming {
  Incoming() = default;

  v1::SessionRequest request;
  // Of the message.
  size_t bytes = 0;
  // When its own `timeout` is over.
  absl::Time deadline = absl::InfiniteFuture();
  // Whether the client took it back before its turn came.
  bool cancelled = false;
};

// A bounded queue, in the order of arrival.
class Inbox {
 public:
  // `depth` requests may be without an answer at once.
  explicit Inbox(size_t depth) : depth_(depth) {}

  // Adds a request. `running` requests beside those here have no answer yet.
  // Fails with RESOURCE_EXHAUSTED LIMIT if there are too many, or too many
  // bytes of them.
  absl::Status Push(Incoming incoming, size_t running);
  bool empty() const { return waiting_.empty(); }
  // The first one; there is one.
  Incoming Take();
  // Marks the request of that id as cancelled, if it is here.
  void Cancel(uint32_t request_id);

 private:
  const size_t depth_;
  std::deque<Incoming> waiting_;
  size_t bytes_ = 0;
};

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_INBOX_H_
