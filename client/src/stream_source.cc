#include "client/src/stream_source.h"

#include <utility>

#include "absl/time/clock.h"

namespace berth::client::internal {

StreamSource::StreamSource(std::shared_ptr<grpc::Channel> channel,
                           const std::string& method,
                           const std::string& authorization,
                           const google::protobuf::MessageLite& request,
                           Effect effect, const Limits& limits)
    : incoming_(std::make_unique<v1::SelectChunk>()),
      current_(std::make_unique<v1::SelectChunk>()),
      stream_(std::move(channel), method, authorization, limits.whole),
      effect_(effect),
      wait_(limits.wait) {
  stream_.Write(request, /*last=*/true);
  stream_.Read(incoming_.get());
}

absl::Status StreamSource::Open() {
  if (absl::Status came = Await(); !came.ok()) return came;
  if (stream_.ended()) return FromRpc(stream_.end_status(), effect_);
  return absl::OkStatus();
}

absl::StatusOr<v1::ResultChunk*> StreamSource::Next() {
  if (absl::Status came = Await(); !came.ok()) return came;
  if (stream_.ended()) {
    if (stream_.end_status().ok()) return nullptr;
    return FromRpc(stream_.end_status(), effect_);
  }
  std::swap(incoming_, current_);
  stream_.Read(incoming_.get());
  return current_->mutable_result();
}

absl::Status StreamSource::Await() {
  const absl::Time deadline = wait_ <= absl::ZeroDuration()
                                  ? absl::InfiniteFuture()
                                  : absl::Now() + wait_;
  while (stream_.reading()) {
    if (stream_.Next(deadline) == RpcStream::Event::kTimeout) {
      stream_.Cancel();
      return DeadlineError(effect_);
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::client::internal
