// A shard: one thread that owns a completion queue, the database sockets it is
// using, timers and a run queue. A call lives on one shard from its first byte
// to its last.
#ifndef BERTH_SERVER_RUNTIME_SHARD_H_
#define BERTH_SERVER_RUNTIME_SHARD_H_

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <atomic>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "server/base/mutex.h"
#include "server/runtime/blocking_threads.h"
#include "server/runtime/completion.h"
#include "server/runtime/timers.h"
#include "server/runtime/watcher.h"

namespace berth::runtime {

// See the file's comment. Everything but Post, Resume, Wake and Stop belongs
// to the shard's own thread.
class Shard {
 public:
  // Borrows the watcher and the blocking threads, which outlive it.
  Shard(std::unique_ptr<grpc::ServerCompletionQueue> queue, Watcher* watcher,
        BlockingThreads* blocking);
  ~Shard();

  // The shard of the calling thread; only within Run.
  static Shard& Current();

  // Serves until Stop, on the calling thread.
  void Run();
  // Ends Run soon. Any thread. Nothing may be in flight any more.
  void Stop();
  // Shuts the queue down and drains it. After Run, and after the watcher and
  // the blocking threads have stopped.
  void Drain();

  // Calls `fn` on the shard's thread. Any thread.
  void Post(std::function<void()> fn) ABSL_LOCKS_EXCLUDED(mutex_);
  // Wakes the shard if it sleeps. Any thread.
  void Wake();

  grpc::ServerCompletionQueue* queue() { return queue_.get(); }
  BlockingThreads* blocking() { return blocking_; }
  Timers& timers() { return timers_; }
  int epoll_fd() const { return epoll_fd_; }
  // How many coroutines wait for a database socket; the short wait on these
  // is worth its while only if there are any.
  int& socket_waits() { return socket_waits_; }
  // Drops the events of a socket that were taken but not yet handed out.
  void Forget(const void* socket);

 private:
  // What the thread is doing, for whoever wants to wake it.
  enum class State { kRunning, kArmed, kFired };

  // The alarm's tag. Nothing to do but to have woken, and to say that the alarm
  // may be set again.
  class WakeUp final : public Completion {
   public:
    explicit WakeUp(std::atomic<State>* state) : state_(state) {}
    void Complete(bool /*ok*/) override {
      state_->store(State::kRunning, std::memory_order_seq_cst);
    }

   private:
    std::atomic<State>* const state_;
  };

  bool DrainQueue();
  bool PollSockets(bool wait);
  bool RunPosted() ABSL_LOCKS_EXCLUDED(mutex_);
  void Sleep() ABSL_LOCKS_EXCLUDED(mutex_);

  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  Watcher* const watcher_;
  BlockingThreads* const blocking_;
  const int epoll_fd_;
  Timers timers_;
  int socket_waits_ = 0;
  // The batch of socket events being handed out.
  std::vector<void*> ready_sockets_;
  std::atomic<State> state_ = State::kRunning;
  std::atomic<bool> stopping_ = false;
  // Set only by the one who moved the state from armed to fired, and again
  // only after its tag was taken: gRPC keeps one setting per alarm.
  grpc::Alarm alarm_;
  WakeUp wake_up_{&state_};

  Mutex mutex_;
  std::vector<std::function<void()>> posted_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> has_posted_ = false;
};

// Waits until `when` on the current shard.
class SleepUntil {
 public:
  explicit SleepUntil(TimePoint when) : when_(when) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    Shard::Current().timers().Add(when_, [waiter] { waiter.resume(); });
  }
  void await_resume() const noexcept {}

 private:
  TimePoint when_;
};

// Runs `fn` on a blocking thread and resumes on the current shard with its
// result:  auto result = co_await OnBlockingThread([&] { return Connect(); });
template <typename Fn>
class OnBlockingThread {
 public:
  using Result = std::invoke_result_t<Fn>;

  explicit OnBlockingThread(Fn fn) : fn_(std::move(fn)) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    Shard* shard = &Shard::Current();
    shard->blocking()->Run([this, shard, waiter] {
      result_.emplace(fn_());
      shard->Post([waiter] { waiter.resume(); });
    });
  }
  Result await_resume() { return std::move(*result_); }

 private:
  Fn fn_;
  std::optional<Result> result_;
};

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_SHARD_H_
