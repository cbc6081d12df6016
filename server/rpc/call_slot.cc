#include "server/rpc/call_slot.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "server/rpc/grpc_status.h"
#include "server/runtime/async_event.h"
#include "server/runtime/completion.h"

namespace berth::rpc {
namespace {

// A reply below this size is copied; above, gRPC keeps the string itself.
constexpr size_t kCopyBytes = 1024;

// A message that gRPC frees on a thread of its own. It orders that after the
// filling by locks that ThreadSanitizer cannot see in its library; `given` says
// the same where it can be seen.
struct KeptMessage {
  std::string bytes;
  std::atomic<bool> given = false;

  static void Release(void* message) {
    auto* kept = static_cast<KeptMessage*>(message);
    (void)kept->given.load(std::memory_order_acquire);
    delete kept;
  }
};

grpc::ByteBuffer ToByteBuffer(std::string message) {
  if (message.size() <= kCopyBytes) {
    grpc::Slice slice(message);
    return grpc::ByteBuffer(&slice, 1);
  }
  auto* kept = new KeptMessage{std::move(message)};
  grpc::Slice slice(kept->bytes.data(), kept->bytes.size(),
                    &KeptMessage::Release, kept);
  kept->given.store(true, std::memory_order_release);
  return grpc::ByteBuffer(&slice, 1);
}

// The bytes in one piece; most small messages are one already.
grpc::Slice ToSlice(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.TrySingleSlice(&slice).ok()) {
    (void)buffer.DumpToSingleSlice(&slice);
  }
  return slice;
}

absl::string_view View(const grpc::Slice& slice) {
  return absl::string_view(reinterpret_cast<const char*>(slice.begin()),
                           slice.size());
}

absl::Time DeadlineOf(const grpc::ServerContext& context) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return absl::InfiniteFuture();
  }
  return absl::FromChrono(deadline);
}

// The notice that a call is over, which comes whether it went well or not;
// only a context that has seen it may be destroyed.
class Ended final : public runtime::Completion {
 public:
  Ended(grpc::ServerContext* context, runtime::Cancellation* cancellation)
      : context_(context), cancellation_(cancellation) {}

  void* tag() { return static_cast<Completion*>(this); }

  void Complete(bool /*ok*/) override {
    if (context_->IsCancelled()) {
      cancellation_->Cancel(DeadlineOf(*context_) <= absl::Now()
                                ? runtime::CancelCause::kDeadline
                                : runtime::CancelCause::kClientGone);
    }
    over_.Signal();
  }

  bool await_ready() noexcept { return over_.await_ready(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    over_.await_suspend(waiter);
  }
  void await_resume() const noexcept {}

 private:
  grpc::ServerContext* context_;
  runtime::Cancellation* cancellation_;
  runtime::AsyncEvent over_;
};

using RawStream =
    grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>;

// Keeps one read under way, so that the next message is there when it is
// asked for.
class GrpcByteStream final : public ByteStream {
 public:
  GrpcByteStream(grpc::ServerContext* context, RawStream* stream)
      : context_(context), stream_(stream) {
    StartRead();
  }

  runtime::Task<std::optional<std::string>> Read() override {
    if (!reading_ || stopped_) co_return std::nullopt;
    const bool ok = co_await read_;
    if (stopped_) co_return std::nullopt;  // Drain awaits what is under way.
    reading_ = false;
    if (!ok) co_return std::nullopt;
    std::string message(View(ToSlice(incoming_)));
    StartRead();
    co_return std::move(message);
  }

  runtime::Task<bool> Write(std::string message) override {
    runtime::Operation write;
    stream_->Write(ToByteBuffer(std::move(message)), write.tag());
    co_return co_await write;
  }

  void StopReading() override {
    stopped_ = true;
    read_.Interrupt();
  }

  void Abort() override { context_->TryCancel(); }

  // Waits for the read that is still under way; after the stream's end.
  runtime::Task<void> Drain() {
    if (reading_) co_await read_;
    reading_ = false;
  }

 private:
  void StartRead() {
    incoming_.Clear();
    reading_ = true;
    stream_->Read(&incoming_, read_.tag());
  }

  grpc::ServerContext* context_;
  RawStream* stream_;
  grpc::ByteBuffer incoming_;
  runtime::Operation read_;
  bool reading_ = false;
  bool stopped_ = false;
};

}  // namespace

Method::Method(RawService* service, int index, int kept, runtime::Shard* shard,
               std::atomic<int>* live, Authenticator* authenticator,
               auth::Principal principal)
    : service_(service),
      index_(index),
      kept_(kept),
      shard_(shard),
      live_(live),
      permission_(auth::RequiredPermission(service->path(index))),
      authenticator_(permission_ == auth::Permission::kOpen ? nullptr
                                                            : authenticator),
      principal_(std::move(principal)) {}

void Method::Start() { AddSlot(); }

void Method::AddSlot() {
  ++posted_;
  live_->fetch_add(1, std::memory_order_relaxed);
  if (service_->is_stream(index_)) {
    runtime::Spawn(ServeStream());
  } else {
    runtime::Spawn(ServeUnary());
  }
}

void Method::Taken() {
  --posted_;
  if (posted_ == 0) AddSlot();
}

bool Method::Back() {
  if (posted_ >= kept_) return false;
  ++posted_;
  return true;
}

bool Method::Recognise(const grpc::ServerContext& context, Call& call) {
  if (authenticator_ != nullptr) {
    return authenticator_->Recognise(context, &call.principal);
  }
  call.principal = principal_;
  return true;
}

runtime::Task<void> Method::ServeUnary() {
  do {
    grpc::ServerContext context;
    Call call;
    Ended ended(&context, &call.cancellation);
    grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> writer(&context);
    grpc::ByteBuffer request;
    context.AsyncNotifyWhenDone(ended.tag());
    runtime::Operation operation;
    service_->RequestUnary(index_, &context, &request, &writer, shard_->queue(),
                           operation.tag());
    if (!co_await operation) break;  // The server stops.
    Taken();
    call.deadline = DeadlineOf(context);
    absl::Status status;
    if (!Recognise(context, call)) {
      status = co_await authenticator_->Authenticate(context, &call.principal);
    }
    if (status.ok()) status = auth::Authorize(call.principal, permission_);
    std::string response;
    if (status.ok()) {
      const grpc::Slice bytes = ToSlice(request);
      status = co_await unary_(call, View(bytes), &response);
    }
    if (status.ok()) {
      writer.Finish(ToByteBuffer(std::move(response)), grpc::Status::OK,
                    operation.tag());
    } else {
      writer.FinishWithError(ToGrpcStatus(status), operation.tag());
    }
    co_await operation;
    co_await ended;
  } while (Back());
  live_->fetch_sub(1, std::memory_order_release);
}

runtime::Task<void> Method::ServeStream() {
  do {
    grpc::ServerContext context;
    Call call;
    Ended ended(&context, &call.cancellation);
    RawStream raw(&context);
    context.AsyncNotifyWhenDone(ended.tag());
    runtime::Operation operation;
    service_->RequestStream(index_, &context, &raw, shard_->queue(),
                            operation.tag());
    if (!co_await operation) break;
    Taken();
    call.deadline = DeadlineOf(context);
    absl::Status status;
    if (!Recognise(context, call)) {
      status = co_await authenticator_->Authenticate(context, &call.principal);
    }
    if (status.ok()) status = auth::Authorize(call.principal, permission_);
    GrpcByteStream stream(&context, &raw);
    if (status.ok()) status = co_await stream_(call, stream);
    raw.Finish(ToGrpcStatus(status), operation.tag());
    co_await operation;
    co_await stream.Drain();
    co_await ended;
  } while (Back());
  live_->fetch_sub(1, std::memory_order_release);
}

}  // namespace berth::rpc
