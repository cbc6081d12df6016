// A signal between coroutines of one shard.
#ifndef BERTH_SERVER_RUNTIME_ASYNC_EVENT_H_
#define BERTH_SERVER_RUNTIME_ASYNC_EVENT_H_

#include <coroutine>
#include <utility>

namespace berth::runtime {

// Lets one coroutine wait until another one signals. A signal without a waiter
// is kept for the next wait. Not thread-safe.
class AsyncEvent {
 public:
  AsyncEvent() = default;
  AsyncEvent(const AsyncEvent&) = delete;
  AsyncEvent& operator=(const AsyncEvent&) = delete;

  // Resumes the waiter now, or lets the next wait pass.
  void Signal() {
    if (waiter_) {
      std::exchange(waiter_, {}).resume();
    } else {
      signalled_ = true;
    }
  }

  bool await_ready() noexcept { return std::exchange(signalled_, false); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    waiter_ = waiter;
  }
  void await_resume() const noexcept {}

 private:
  std::coroutine_handle<> waiter_;
  bool signalled_ = false;
};

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_ASYNC_EVENT_H_
