#include "tests/unit/runtime/test_shard.h"

#include <grpcpp/server_builder.h>
#include <pthread.h>
#include <time.h>

#include <memory>
#include <utility>

#include "tests/unit/runtime/notification.h"

namespace berth::runtime {
namespace {

Task<void> RunThenNotify(std::function<Task<void>()> fn, Notification* done) {
  co_await fn();
  done->Notify();
}

}  // namespace

TestShard::TestShard(int blocking_threads)
    : blocking_threads_(blocking_threads), blocking_(blocking_threads) {
  grpc::ServerBuilder builder;
  builder.RegisterAsyncGenericService(&service_);
  shard_ = std::make_unique<Shard>(builder.AddCompletionQueue(), &watcher_,
                                   &blocking_);
  server_ = builder.BuildAndStart();
  thread_ = std::thread([this] { shard_->Run(); });
}

TestShard::~TestShard() {
  server_->Shutdown();
  watcher_.Stop();
  shard_->Stop();
  thread_.join();
  blocking_.Stop();
  shard_->Drain();
}

void TestShard::Call(std::function<void()> fn) {
  Notification done;
  shard_->Post([&] {
    fn();
    done.Notify();
  });
  done.Wait();
}

void TestShard::Await(std::function<Task<void>()> fn) {
  Notification done;
  shard_->Post([&] { Spawn(RunThenNotify(fn, &done)); });
  done.Wait();
}

// Passes when each thread has come to the end of what was given before: none
// goes on before all are here.
void TestShard::FinishBlocking() {
  auto here = std::make_shared<Notification>(blocking_threads_);
  for (int i = 0; i < blocking_threads_; ++i) {
    blocking_.Run([here] {
      here->Notify();
      here->Wait();
    });
  }
  here->Wait();
}

int64_t TestShard::CpuNanos() {
  clockid_t clock;
  pthread_getcpuclockid(thread_.native_handle(), &clock);
  timespec used{};
  clock_gettime(clock, &used);
  return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
}

}  // namespace berth::runtime
