// A shard that serves no calls, on a thread of its own.
#ifndef BERTH_TESTS_UNIT_RUNTIME_TEST_SHARD_H_
#define BERTH_TESTS_UNIT_RUNTIME_TEST_SHARD_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <thread>

#include "server/runtime/blocking_threads.h"
#include "server/runtime/shard.h"
#include "server/runtime/task.h"
#include "server/runtime/watcher.h"

namespace berth::runtime {

// Runs a shard with a real completion queue from construction to destruction,
// and ends it in the order that servers do.
class TestShard {
 public:
  explicit TestShard(int blocking_threads = 2);
  ~TestShard();

  Shard& operator*() { return *shard_; }
  Shard* operator->() { return shard_.get(); }
  BlockingThreads* blocking() { return &blocking_; }

  // Runs `fn` on the shard and waits until it has returned.
  void Call(std::function<void()> fn);
  // Runs a coroutine on the shard and waits for its end.
  void Await(std::function<Task<void>()> fn);
  // Waits until the blocking threads have done all that they were given.
  void FinishBlocking();
  // The CPU time that the shard's thread has used, in nanoseconds.
  int64_t CpuNanos();

 private:
  const int blocking_threads_;
  BlockingThreads blocking_;
  Watcher watcher_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<grpc::Server> server_;
  std::thread thread_;
};

}  // namespace berth::runtime

#endif  // BERTH_TESTS_UNIT_RUNTIME_TEST_SHARD_H_
