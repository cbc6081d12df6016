// One stream of the method Session, which carries sessions one after another.
#ifndef BERTH_CLIENT_SRC_SESSION_STREAM_H_
#define BERTH_CLIENT_SRC_SESSION_STREAM_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "berth/v1/session.pb.h"
#include "client/src/message_stream.h"
#include "client/src/status.h"
#include "client/src/wire.h"

namespace berth::client::internal {

class PolledStream;

// Sends requests and sorts the answers.
//
// Used by one thread at a time.
class SessionStream {
 public:
  // Sends nothing yet. `polled` is `wire`, where it is of that kind.
  explicit SessionStream(std::unique_ptr<MessageStream> wire,
                         PolledStream* polled = nullptr)
      : wire_(std::move(wire)), polled_stream_(polled) {}
  SessionStream(const SessionStream&) = delete;
  SessionStream& operator=(const SessionStream&) = delete;

  // Gives the request an id, sends it and returns the id; 0 for `cancel`, which
  // has no answer. Waits only until there is room for it. `more_follows`: the
  // next request comes at once.
  absl::StatusOr<uint32_t> Send(v1::SessionRequest& request,
                                absl::Time deadline, bool more_follows = false);

  // Whether `Send` would not wait. Else the stream's `on_event` tells when it
  // is worth to ask again.
  bool CanSend();

  // Waits for the answer to `id`. The stream is cancelled if it does not come
  // by the deadline: its statement must not go on unseen.
  absl::StatusOr<std::vector<WireMessage>> Receive(uint32_t id,
                                                   absl::Time deadline);

  // Waits for the next message of the answer to `id`; the last one has no
  // `more`. Of what comes for this request it keeps a few messages only.
  absl::StatusOr<WireMessage> ReceiveMessage(uint32_t id, absl::Time deadline);

  // Whether `Receive` would not wait, or `ReceiveMessage` if `one_message`.
  // Else the stream's `on_event` tells when it is worth to ask again.
  bool Ready(uint32_t id, bool one_message);

  // Ends the session that the stream carries. The answer is fetched by
  // `ReceiveEnd`, at the latest when the stream is used next.
  absl::Status SendEnd(absl::Time deadline);

  // Waits for the answer of `SendEnd`; OK where none is expected.
  absl::Status ReceiveEnd(absl::Time deadline);

  // Drops the answers to `end` and `open` that have come, for a session that
  // was opened with its first request: `opened` and `open_error` tell what
  // counts.
  void DropAnswers();

  // Whether a session could not be ended: the stream carries no other one.
  bool end_failed() const { return end_failed_; }

  void Cancel();

  // Whether nobody has ended the stream, as far as is known by now.
  bool Alive();

  // Whether anything was sent.
  bool started() const { return started_; }

  // Whether every answer has been received.
  bool idle() const { return pending_.empty(); }

  // Whether the session that was opened last is open, as far as is known by
  // now; and what opening it has failed with.
  bool opened() const { return opened_; }
  const absl::Status& open_error() const { return open_error_; }

  // The stream if a thread of the library receives its messages, else null.
  PolledStream* polled() const { return polled_stream_; }

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
    // Whether a message can be handed out: one whose last value goes on in the
    // next one cannot.
    bool HasMessage() const {
      return !messages.empty() &&
             (complete || !LastCellContinues(messages.front()));
    }
    bool complete = false;
    std::vector<WireMessage> messages;
  };
  using Pendings = std::deque<Pending>;

  // Handles one event of the stream.
  Event Pump(absl::Time deadline);
  void OnMessage();
  // What the message that has come says of its opening.
  void NoteOpening();
  Pendings::iterator Find(uint32_t id);
  // Waits until `done` holds for an entry, or the stream is over. On a timeout
  // cancels and fails.
  absl::Status Await(Pendings::iterator entry,
                     absl::FunctionRef<bool(const Pending&)> done,
                     absl::Time deadline);
  // Why no answer for `id` will come.
  absl::Status UnknownRequest(uint32_t id) const;
  // What an entry that got no (whole) answer ends with.
  absl::Status Lost(const Pending& entry);
  Effect EffectOf(const v1::SessionRequest& request) const;
  // Whether a transaction may be open when the next request is run.
  bool MayBeInTransaction() const;
  // Why the stream is over.
  absl::Status EndError(Effect effect) const;

  const std::unique_ptr<MessageStream> wire_;
  PolledStream* const polled_stream_;
  uint32_t last_id_ = 0;
  // The request `end` whose answer is to come; 0: none.
  uint32_t end_id_ = 0;
  bool end_failed_ = false;
  // The request that opens a session, while its answer is to come; 0: none.
  uint32_t open_id_ = 0;
  // The last request that did nothing else.
  uint32_t bare_open_id_ = 0;
  bool opened_ = false;
  absl::Status open_error_;
  bool started_ = false;
  bool ended_ = false;
  bool cancelled_ = false;
  // Whether the caller was told of the stream's end: only the first report can
  // say what is lost and who may repeat it.
  bool loss_reported_ = false;
  // When the queue was last seen to be empty.
  absl::Time polled_ = absl::InfinitePast();
  v1::Notice notice_;
  v1::SessionState state_;
  WireMessage incoming_;
  Pendings pending_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_SESSION_STREAM_H_
