#include "client/src/rpc_stream.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <utility>

#include "client/src/gpr_time.h"

namespace berth::client::internal {
namespace {

using google::protobuf::MessageLite;

// What an event of the queue is about.
void* const kRead = reinterpret_cast<void*>(1);
void* const kWrite = reinterpret_cast<void*>(2);
void* const kFinish = reinterpret_cast<void*>(3);

}  // namespace

RpcStream::RpcStream(std::shared_ptr<grpc::Channel> channel,
                     const std::string& method,
                     const std::string& authorization, absl::Time deadline) {
  if (!authorization.empty()) {
    context_.AddMetadata("authorization", authorization);
  }
  if (deadline != absl::InfiniteFuture()) {
    context_.set_deadline(absl::ToChronoTime(deadline));
  }
  // The metadata leaves with the first message.
  context_.set_initial_metadata_corked(true);
  grpc::TemplatedGenericStub<MessageLite, MessageLite> stub(std::move(channel));
  stream_ = stub.PrepareCall(&context_, method, &queue_);
  // Corked: no event comes from this.
  stream_->StartCall(nullptr);
}

RpcStream::~RpcStream() {
  Cancel();
  // A cancel completes every pending operation on this side.
  while (reading_) Next(absl::InfiniteFuture());
  while (writing_) Next(absl::InfiniteFuture());
  queue_.Shutdown();
  void* tag;
  bool ok;
  while (queue_.Next(&tag, &ok)) {
  }
}

void RpcStream::Write(const MessageLite& message, bool last) {
  started_ = true;
  writing_ = true;
  if (last) {
    stream_->WriteLast(message, grpc::WriteOptions(), kWrite);
  } else {
    stream_->Write(message, kWrite);
  }
}

void RpcStream::Read(MessageLite* message) {
  reading_ = true;
  stream_->Read(message, kRead);
}

RpcStream::Event RpcStream::Next(absl::Time deadline) {
  while (true) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, ToGprTime(deadline)) !=
        grpc::CompletionQueue::GOT_EVENT) {
      return Event::kTimeout;
    }
    if (tag == kWrite) {
      // A failed write is followed by a failed read, which ends the stream.
      writing_ = false;
      return Event::kWritten;
    }
    if (tag == kFinish) {
      reading_ = false;
      ended_ = true;
      return Event::kEnded;
    }
    if (ok) {
      reading_ = false;
      return Event::kRead;
    }
    stream_->Finish(&end_status_, kFinish);
  }
}

void RpcStream::Cancel() {
  if (started_ && !ended_) context_.TryCancel();
}

}  // namespace berth::client::internal
