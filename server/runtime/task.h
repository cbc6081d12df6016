// Task<T>: the one coroutine type of the server.
#ifndef BERTH_SERVER_RUNTIME_TASK_H_
#define BERTH_SERVER_RUNTIME_TASK_H_

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "server/runtime/frame_memory.h"

namespace berth::runtime {

namespace internal {

// Resumes whoever awaited the finished coroutine, by symmetric transfer: a
// chain of finished coroutines uses no stack.
struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(
      std::coroutine_handle<Promise> finished) const noexcept {
    return finished.promise().continuation;
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  static void* operator new(size_t bytes) {
    return FrameMemory::Current().Take(bytes);
  }
  static void operator delete(void* frame, size_t bytes) {
    FrameMemory::Current().Give(frame, bytes);
  }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  // Nothing of ours throws; what does is a bug that must not be swallowed.
  void unhandled_exception() const noexcept { std::terminate(); }

  std::coroutine_handle<> continuation = std::noop_coroutine();
};

template <typename T>
struct Promise : PromiseBase {
  std::coroutine_handle<Promise> get_return_object() {
    return std::coroutine_handle<Promise>::from_promise(*this);
  }
  template <typename U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T Take() { return std::move(*value); }

  std::optional<T> value;
};

template <>
struct Promise<void> : PromiseBase {
  std::coroutine_handle<Promise> get_return_object() {
    return std::coroutine_handle<Promise>::from_promise(*this);
  }
  void return_void() const noexcept {}
  void Take() const noexcept {}
};

}  // namespace internal

// A coroutine that starts when it is awaited and is owned by its awaiter.
//
// Not thread-safe: it runs on the shard that awaits it. Move-only; destroying
// a task that has not finished destroys its frame.
//
//   Task<absl::Status> Work() { co_return absl::OkStatus(); }
//   absl::Status status = co_await Work();
template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = internal::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task(Handle handle)
      : handle_(handle) {}  // NOLINT(google-explicit-constructor)
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(
      std::coroutine_handle<> awaiter) noexcept {
    handle_.promise().continuation = awaiter;
    return handle_;
  }
  T await_resume() { return handle_.promise().Take(); }

 private:
  Handle handle_;
};

namespace internal {

// A coroutine that owns itself.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

inline Detached RunDetached(Task<void> task) { co_await std::move(task); }

}  // namespace internal

// Starts `task` now and lets it run by itself to its end.
inline void Spawn(Task<void> task) { internal::RunDetached(std::move(task)); }

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_TASK_H_
