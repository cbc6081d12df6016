// Threads for work that blocks: connecting, DDL, KILL, reading files.
#ifndef BERTH_SERVER_RUNTIME_BLOCKING_THREADS_H_
#define BERTH_SERVER_RUNTIME_BLOCKING_THREADS_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "server/base/mutex.h"

namespace berth::runtime {

// A few threads that run functions in the order given. Threads start when they
// are needed. Thread-safe.
class BlockingThreads {
 public:
  // At most `max_threads` functions run at once; further ones wait.
  explicit BlockingThreads(int max_threads);
  // Runs what is waiting and joins.
  ~BlockingThreads();

  void Run(std::function<void()> fn) ABSL_LOCKS_EXCLUDED(mutex_);
  // Runs what is waiting and joins; later calls of Run do nothing.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);

  const int max_threads_;
  Mutex mutex_;
  CondVar changed_;  // The queue, or whether to stop.
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_BLOCKING_THREADS_H_
