#include "client/src/link.h"

#include <utility>

#include "absl/time/clock.h"
#include "client/src/gpr_time.h"
#include "client/src/status.h"

namespace berth::client::internal {
namespace {

// How long after an answer a connection is taken to stand without looking.
// Looking costs a system call; what it saves is an unknown outcome where the
// service has gone since.
constexpr absl::Duration kPollInterval = absl::Milliseconds(10);

}  // namespace

Link::Link(std::shared_ptr<grpc::Channel> channel)
    : channel_(std::move(channel)) {}

Link::~Link() {
  queue_.Shutdown();
  void* tag;
  bool ok;
  while (queue_.Next(&tag, &ok)) {
  }
}

absl::Status Link::Connect(absl::Time deadline) {
  if (absl::GetCurrentTimeNanos() - answered_.load(std::memory_order_relaxed) >
      absl::ToInt64Nanoseconds(kPollInterval)) {
    Poll();
  }
  while (true) {
    grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
    switch (state) {
      case GRPC_CHANNEL_READY:
        return absl::OkStatus();
      case GRPC_CHANNEL_TRANSIENT_FAILURE:
      case GRPC_CHANNEL_SHUTDOWN:
        return UnreachableError("cannot connect to the service", Effect::kNone);
      case GRPC_CHANNEL_IDLE:
      case GRPC_CHANNEL_CONNECTING:
        break;
    }
    if (!channel_->WaitForStateChange(state, ToGprTime(deadline))) {
      return DeadlineError(Effect::kNone);
    }
  }
}

void Link::NoteAnswer() {
  answered_.store(absl::GetCurrentTimeNanos(), std::memory_order_relaxed);
}

void Link::Poll() {
  void* tag;
  bool ok;
  queue_.AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_REALTIME));
}

}  // namespace berth::client::internal
