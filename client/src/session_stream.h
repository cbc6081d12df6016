// One stream of the method Session, which carries sessions one after another.
#ifndef BERTH_CLIENT_SRC_SESSION_STREAM_H_
#define BERTH_CLIENT_SRC_SESSION_STREAM_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "berth/v1/session.pb.h"
#include "client/src/status.h"

namespace berth::client::internal {

// Sends requests and sorts the answers. The stream owns a completion queue
// that only its caller pumps, so an answer wakes no other thread.
//
// Used by one thread at a time.
class SessionStream {
 public:
  // Sends nothing yet: the metadata leaves with the first request.
  SessionStream(std::shared_ptr<grpc::Channel> channel,
                const std::string& authorization);
  SessionStream(const SessionStream&) = delete;
  SessionStream& operator=(const SessionStream&) = delete;
  // Cancels. The queue drains without the network: a cancel completes every
  // pending operation on this side.
  ~SessionStream();

  // Gives the request an id, sends it and returns the id. Waits only until the
  // request before it has left.
  absl::StatusOr<uint32_t> Send(v1::SessionRequest& request,
                                absl::Time deadline);

  // Waits for the answer to `id`. The stream is cancelled if it does not come
  // by the deadline: its statement must not go on unseen.
  absl::StatusOr<std::vector<v1::SessionResponse>> Receive(uint32_t id,
                                                           absl::Time deadline);

  // Ends the session that the stream carries. The answer is fetched by
  // `ReceiveEnd`, at the latest when the stream is used next.
  absl::Status SendEnd(absl::Time deadline);

  // Waits for the answer of `SendEnd`; OK where none is expected.
  absl::Status ReceiveEnd(absl::Time deadline);

  // Whether a session could not be ended: the stream carries no other one.
  bool end_failed() const { return end_failed_; }

  void Cancel();

  // Whether nobody has ended the stream, as far as is known by now.
  bool Alive();

  // Whether every answer has been received.
  bool idle() const { return pending_.empty(); }

  // The state of the session, as of the last answer.
  const v1::SessionState& state() const { return state_; }

 private:
  enum class Event { kProgress, kTimeout };

  struct Pending {
    Pending(uint32_t id, Effect effect, bool may_begin)
        : id(id), effect(effect), may_begin(may_begin) {}
    uint32_t id;
    Effect effect;
    // Whether a transaction may be open once this is done.
    bool may_begin;
    bool complete = false;
    std::vector<v1::SessionResponse> messages;
  };

  // Handles one event of the queue.
  Event Pump(absl::Time deadline);
  void OnMessage();
  void StartRead();
  Effect EffectOf(const v1::SessionRequest& request) const;
  // Whether a transaction may be open when the next request is run.
  bool MayBeInTransaction() const;
  // Why the stream is over.
  absl::Status EndError(Effect effect) const;

  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<
      grpc::ClientAsyncReaderWriter<v1::SessionRequest, v1::SessionResponse>>
      stream_;
  uint32_t last_id_ = 0;
  // The request `end` whose answer is to come; 0: none.
  uint32_t end_id_ = 0;
  bool end_failed_ = false;
  bool started_ = false;
  bool write_in_flight_ = false;
  bool finishing_ = false;
  bool ended_ = false;
  bool cancelled_ = false;
  // Whether the caller was told of the stream's end: only the first report can
  // say what is lost and who may repeat it.
  bool loss_reported_ = false;
  // When the queue was last seen to be empty.
  absl::Time polled_ = absl::InfinitePast();
  grpc::Status end_status_;
  v1::Notice notice_;
  v1::SessionState state_;
  v1::SessionResponse incoming_;
  std::deque<Pending> pending_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_SESSION_STREAM_H_
