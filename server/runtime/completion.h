// Completions of gRPC operations, as awaitables.
#ifndef BERTH_SERVER_RUNTIME_COMPLETION_H_
#define BERTH_SERVER_RUNTIME_COMPLETION_H_

#include <coroutine>
#include <utility>

namespace berth::runtime {

// What a shard's completion queue hands back: every tag is one of these.
class Completion {
 public:
  // Called on the shard's thread when the operation has ended; `ok` is gRPC's
  // own word on whether it succeeded.
  virtual void Complete(bool ok) = 0;

 protected:
  ~Completion() = default;
};

// One operation that a coroutine waits for.
//
//   Operation read;
//   stream.Read(&message, read.tag());
//   bool ok = co_await read;
//
// The operation may end before or after it is awaited. It must outlive the
// operation. May be used again once awaited.
class Operation final : public Completion {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // The tag to give to gRPC.
  void* tag() {
    done_ = false;
    return static_cast<Completion*>(this);
  }

  bool await_ready() const noexcept { return done_; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    waiter_ = waiter;
  }
  bool await_resume() const noexcept { return ok_; }

  // Resumes the waiter, if any, though the operation goes on; it is to be
  // awaited again.
  void Interrupt() {
    if (waiter_) std::exchange(waiter_, {}).resume();
  }

  void Complete(bool ok) override {
    ok_ = ok;
    done_ = true;
    if (waiter_) std::exchange(waiter_, {}).resume();
  }

 private:
  std::coroutine_handle<> waiter_;
  bool done_ = false;
  bool ok_ = false;
};

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_COMPLETION_H_
