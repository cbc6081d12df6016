#include "client/src/pumped_stream.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <utility>

#include "client/src/gpr_time.h"
#include "client/src/wire.h"

namespace berth::client::internal {
namespace {

constexpr char kMethod[] = "/berth.v1.Database/Session";

// What an event of the queue is about.
void* const kRead = reinterpret_cast<void*>(1);
void* const kWrite = reinterpret_cast<void*>(2);
void* const kFinish = reinterpret_cast<void*>(3);

}  // namespace

std::unique_ptr<GrpcStream> StartGrpcStream(
    std::shared_ptr<grpc::Channel> channel, const std::string& authorization,
    grpc::ClientContext* context, grpc::CompletionQueue* queue) {
  if (!authorization.empty()) {
    context->AddMetadata("authorization", authorization);
  }
  // The metadata leaves with the first request.
  context->set_initial_metadata_corked(true);
  grpc::TemplatedGenericStub<v1::SessionRequest, grpc::ByteBuffer> stub(
      std::move(channel));
  std::unique_ptr<GrpcStream> stream =
      stub.PrepareCall(context, kMethod, queue);
  // Corked: no event comes from this.
  stream->StartCall(nullptr);
  return stream;
}

PumpedStream::PumpedStream(std::shared_ptr<grpc::Channel> channel,
                           const std::string& authorization)
    : stream_(StartGrpcStream(std::move(channel), authorization, &context_,
                              &queue_)) {}

PumpedStream::~PumpedStream() {
  Cancel();
  WireMessage unused;
  while (started_ && !ended_) Next(absl::InfiniteFuture(), &unused);
  while (write_in_flight_) Next(absl::InfiniteFuture(), &unused);
  queue_.Shutdown();
  void* tag;
  bool ok;
  while (queue_.Next(&tag, &ok)) {
  }
}

void PumpedStream::Write(const v1::SessionRequest& request, bool more_follows) {
  write_in_flight_ = true;
  grpc::WriteOptions options;
  if (more_follows) options.set_buffer_hint();
  stream_->Write(request, options, kWrite);
  if (!started_) {
    started_ = true;
    stream_->Read(&incoming_, kRead);
  }
}

MessageStream::Event PumpedStream::Next(absl::Time deadline,
                                        WireMessage* message) {
  void* tag = nullptr;
  bool ok = false;
  if (queue_.AsyncNext(&tag, &ok, ToGprTime(deadline)) !=
      grpc::CompletionQueue::GOT_EVENT) {
    return Event::kTimeout;
  }
  if (tag == kWrite) {
    // A failed write is followed by a failed read, which ends the stream.
    write_in_flight_ = false;
    return Event::kProgress;
  }
  if (tag == kFinish) {
    ended_ = true;
    return Event::kEnded;
  }
  if (!ok) {
    finishing_ = true;
    stream_->Finish(&end_status_, kFinish);
    return Event::kProgress;
  }
  const bool good = ReadWireMessage(incoming_, message);
  if (!good) Cancel();
  incoming_.Clear();
  stream_->Read(&incoming_, kRead);
  return good ? Event::kMessage : Event::kProgress;
}

void PumpedStream::Cancel() {
  if (!ended_) context_.TryCancel();
}

}  // namespace berth::client::internal
