#include "server/runtime/shard.h"

#include <grpc/support/time.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <chrono>

#include "server/runtime/socket.h"

namespace berth::runtime {
namespace {

// How long a quiet shard with statements in flight waits for their sockets
// before it sleeps on the completion queue. Once per quiet period: a loop of
// short waits costs a third of a core and makes other calls wait.
constexpr long kSocketWaitNanos = 100'000;
// Events taken at once; the rest waits for the next round, so that neither
// side starves the other.
constexpr int kBatch = 64;

thread_local Shard* current_shard = nullptr;

}  // namespace

Shard::Shard(std::unique_ptr<grpc::ServerCompletionQueue> queue,
             Watcher* watcher, BlockingThreads* blocking)
    : queue_(std::move(queue)),
      watcher_(watcher),
      blocking_(blocking),
      epoll_fd_(epoll_create1(EPOLL_CLOEXEC)) {
  watcher_->Add(this, epoll_fd_);
}

Shard::~Shard() { close(epoll_fd_); }

Shard& Shard::Current() { return *current_shard; }

void Shard::Run() {
  current_shard = this;
  pthread_setname_np(pthread_self(), "berth-shard");
  // The kernel rounds short waits up by 50 µs otherwise.
  prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
  while (!stopping_.load(std::memory_order_acquire)) {
    bool busy = DrainQueue();
    if (socket_waits_ > 0 && PollSockets(/*wait=*/false)) busy = true;
    if (has_posted_.load(std::memory_order_acquire) && RunPosted()) {
      busy = true;
    }
    if (timers_.Next().has_value() &&
        timers_.RunDue(std::chrono::steady_clock::now())) {
      busy = true;
    }
    if (busy) continue;
    if (socket_waits_ > 0 && PollSockets(/*wait=*/true)) continue;
    Sleep();
  }
  current_shard = nullptr;
}

bool Shard::DrainQueue() {
  void* tag = nullptr;
  bool ok = false;
  int taken = 0;
  while (taken < kBatch &&
         queue_->AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC)) ==
             grpc::CompletionQueue::GOT_EVENT) {
    ++taken;
    static_cast<Completion*>(tag)->Complete(ok);
  }
  return taken > 0;
}

bool Shard::PollSockets(bool wait) {
  epoll_event events[kBatch];
  timespec timeout{};
  timeout.tv_nsec = wait ? kSocketWaitNanos : 0;
  const int ready = epoll_pwait2(epoll_fd_, events, kBatch, &timeout, nullptr);
  ready_sockets_.clear();
  for (int i = 0; i < ready; ++i) {
    // A copy: epoll_event is packed, and its pointer not aligned.
    void* socket = events[i].data.ptr;
    ready_sockets_.push_back(socket);
  }
  // By index: a resumed coroutine may close sockets and so call Forget.
  for (int i = 0; i < ready; ++i) {
    auto* socket = static_cast<Socket*>(ready_sockets_[i]);
    if (socket != nullptr) socket->OnReady(events[i].events);
  }
  return ready > 0;
}

void Shard::Forget(const void* socket) {
  for (void*& ready : ready_sockets_) {
    if (ready == socket) ready = nullptr;
  }
}

bool Shard::RunPosted() {
  std::vector<std::function<void()>> posted;
  {
    MutexLock lock(&mutex_);
    posted.swap(posted_);
    has_posted_.store(false, std::memory_order_relaxed);
  }
  for (auto& fn : posted) fn();
  return !posted.empty();
}

// Announces the sleep first and looks for work once more, so that whoever adds
// work either is seen here or sees the announcement and sets the alarm.
//
// While an alarm is still on its way, as after a sleep that something else
// ended, its tag ends this sleep too; it must not be set a second time.
void Shard::Sleep() {
  State running = State::kRunning;
  State armed = State::kArmed;
  if (state_.compare_exchange_strong(running, State::kArmed)) {
    const bool work = has_posted_.load(std::memory_order_seq_cst) ||
                      stopping_.load(std::memory_order_seq_cst);
    if (work && state_.compare_exchange_strong(armed, State::kRunning)) return;
  }
  if (socket_waits_ > 0) watcher_->Arm(this, epoll_fd_);

  gpr_timespec deadline = gpr_inf_future(GPR_CLOCK_MONOTONIC);
  if (auto next = timers_.Next(); next.has_value()) {
    const auto wait = std::chrono::duration_cast<std::chrono::nanoseconds>(
        *next - std::chrono::steady_clock::now());
    deadline = gpr_time_add(
        gpr_now(GPR_CLOCK_MONOTONIC),
        gpr_time_from_nanos(wait.count() < 0 ? 0 : wait.count(), GPR_TIMESPAN));
  }
  void* tag = nullptr;
  bool ok = false;
  const bool event = queue_->AsyncNext(&tag, &ok, deadline) ==
                     grpc::CompletionQueue::GOT_EVENT;
  armed = State::kArmed;
  state_.compare_exchange_strong(armed, State::kRunning);
  if (event) static_cast<Completion*>(tag)->Complete(ok);
}

void Shard::Wake() {
  State armed = State::kArmed;
  if (state_.compare_exchange_strong(armed, State::kFired)) {
    alarm_.Set(queue_.get(), gpr_time_0(GPR_CLOCK_MONOTONIC),
               static_cast<Completion*>(&wake_up_));
  }
}

void Shard::Post(std::function<void()> fn) {
  {
    MutexLock lock(&mutex_);
    posted_.push_back(std::move(fn));
    has_posted_.store(true, std::memory_order_seq_cst);
  }
  Wake();
}

void Shard::Stop() {
  stopping_.store(true, std::memory_order_seq_cst);
  Wake();
}

void Shard::Drain() {
  queue_->Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
    static_cast<Completion*>(tag)->Complete(false);
  }
}

}  // namespace berth::runtime
