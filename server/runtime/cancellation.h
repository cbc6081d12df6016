// Cancellation of a call: told once, heard by whatever is waiting for it.
#ifndef BERTH_SERVER_RUNTIME_CANCELLATION_H_
#define BERTH_SERVER_RUNTIME_CANCELLATION_H_

#include <functional>
#include <utility>

namespace berth::runtime {

// Why nobody waits for an answer any more.
enum class CancelCause {
  kClientGone,  // The call was cancelled, or its client is gone.
  kDeadline,    // The time of the call or of the request is over.
  kRequest,     // The client took the request back by `Cancel`.
  kHalfClosed,  // The client has ended its side of the stream long ago.
  kSession,     // The server ends the session.
};

// Whether the caller still wants an answer. Belongs to one call on one shard;
// not thread-safe. At most one listener at a time: a call waits for one thing
// at a time.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  bool cancelled() const { return cancelled_; }

  // Why; of the first call of Cancel. Means nothing before.
  CancelCause cause() const { return cause_; }

  // Called when the client is gone or its deadline has passed.
  void Cancel(CancelCause cause = CancelCause::kClientGone) {
    if (std::exchange(cancelled_, true)) return;
    cause_ = cause;
    if (listener_) std::exchange(listener_, nullptr)();
  }

  // Begins anew for the next request of a session. Nothing listens.
  void Renew() { cancelled_ = false; }

  // Calls `fn` on cancellation while it lives; at once if that has happened.
  class Listener {
   public:
    Listener(Cancellation* cancellation, std::function<void()> fn)
        : cancellation_(cancellation) {
      if (cancellation_->cancelled_) {
        fn();
      } else {
        cancellation_->listener_ = std::move(fn);
      }
    }
    ~Listener() { cancellation_->listener_ = nullptr; }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

   private:
    Cancellation* cancellation_;
  };

 private:
  bool cancelled_ = false;
  CancelCause cause_ = CancelCause::kClientGone;
  std::function<void()> listener_;
};

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_CANCELLATION_H_
