// A stream whose events a thread of the library receives.
#ifndef BERTH_CLIENT_SRC_POLLED_STREAM_H_
#define BERTH_CLIENT_SRC_POLLED_STREAM_H_

#include <deque>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "client/src/message_stream.h"

namespace berth::client::internal {

// For event loops: messages are received while the caller does something else,
// and `on_event` tells it of the one that it waits for.
//
// One thread receives the messages of all streams of the process. It reads
// ahead a few messages of each; then the service waits.
class PolledStream : public MessageStream {
 public:
  PolledStream(std::shared_ptr<grpc::Channel> channel,
               const std::string& authorization);
  PolledStream(const PolledStream&) = delete;
  PolledStream& operator=(const PolledStream&) = delete;
  // Cancels, and waits until the thread has let go of the stream: not for the
  // network.
  ~PolledStream() override;

  // Called by the thread, under a lock: it must do no more than signal. From
  // one use of the stream to the next there may be another one.
  void SetOnEvent(std::function<void()> on_event);

  // Asks for `on_event` when a message of `request_id` comes, the last one of
  // its answer unless `each_message`, when the stream ends, or, where
  // `request_id` is 0, when there is room to write. False, and nothing is asked
  // for, if `Next` has something already.
  bool Watch(uint32_t request_id, bool each_message);

  bool CanWrite() override;
  void Write(const v1::SessionRequest& request, bool more_follows) override;
  Event Next(absl::Time deadline, WireMessage* message) override;
  bool Ending() override;
  const grpc::Status& end_status() const override { return end_status_; }
  void Cancel() override;

  // What an event of the queue is about: the address of one of these.
  struct Tag {
    enum class Kind { kRead, kWrite, kFinish };
    PolledStream* stream;
    Kind kind;
  };
  void OnEvent(Tag::Kind kind, bool ok);

 private:
  struct Outgoing {
    v1::SessionRequest request;
    bool more_follows;
  };

  // Whether the caller is to start a read, which is under way from now on.
  bool ClaimRead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What gRPC does takes a while, and the other thread wants the lock for what
  // comes of it: these two are called without.
  void StartWrite(const v1::SessionRequest& request, bool more_follows)
      ABSL_LOCKS_EXCLUDED(mu_);
  void StartRead() ABSL_LOCKS_EXCLUDED(mu_);
  void OnRead() ABSL_LOCKS_EXCLUDED(mu_);
  void OnReadEnd() ABSL_LOCKS_EXCLUDED(mu_);
  void OnWritten(bool ok) ABSL_LOCKS_EXCLUDED(mu_);
  // Takes a message that has come, or null for one that cannot be read; whether
  // the caller is to start another read.
  bool Take(WireMessage* message) ABSL_LOCKS_EXCLUDED(mu_);
  // Takes nothing more; whether the caller is to start a read.
  bool Close() ABSL_LOCKS_EXCLUDED(mu_);
  void Signal() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool HasNews() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return !inbox_.empty() || ended_;
  }
  bool IsIdle() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return !writing_ && (!started_ || ended_);
  }

  Tag read_{this, Tag::Kind::kRead};
  Tag write_{this, Tag::Kind::kWrite};
  Tag finish_{this, Tag::Kind::kFinish};
  grpc::ClientContext context_;
  std::unique_ptr<GrpcStream> stream_;
  // Set by gRPC before `ended_` is.
  grpc::Status end_status_;
  grpc::ByteBuffer incoming_;

  absl::Mutex mu_;
  std::function<void()> on_event_ ABSL_GUARDED_BY(mu_);
  std::deque<WireMessage> inbox_ ABSL_GUARDED_BY(mu_);
  std::deque<Outgoing> outbox_ ABSL_GUARDED_BY(mu_);
  bool started_ ABSL_GUARDED_BY(mu_) = false;
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finishing_ ABSL_GUARDED_BY(mu_) = false;
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  // What `Watch` asked for.
  bool watching_ ABSL_GUARDED_BY(mu_) = false;
  bool each_message_ ABSL_GUARDED_BY(mu_) = false;
  uint32_t watched_id_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_POLLED_STREAM_H_
