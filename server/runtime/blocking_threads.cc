#include "server/runtime/blocking_threads.h"

#include <pthread.h>

#include <utility>

namespace berth::runtime {

BlockingThreads::BlockingThreads(int max_threads) : max_threads_(max_threads) {}

BlockingThreads::~BlockingThreads() { Stop(); }

void BlockingThreads::Run(std::function<void()> fn) {
  MutexLock lock(&mutex_);
  if (stopping_) return;
  queue_.push_back(std::move(fn));
  changed_.SignalOne();
  if (idle_ < static_cast<int>(queue_.size()) &&
      static_cast<int>(threads_.size()) < max_threads_) {
    threads_.emplace_back([this] { Loop(); });
  }
}

void BlockingThreads::Stop() {
  std::vector<std::thread> threads;
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    threads.swap(threads_);
    changed_.SignalAll();
  }
  for (std::thread& thread : threads) thread.join();
}

void BlockingThreads::Loop() {
  pthread_setname_np(pthread_self(), "berth-blocking");
  mutex_.Lock();
  while (true) {
    ++idle_;
    while (queue_.empty() && !stopping_) changed_.Wait(&mutex_);
    --idle_;
    if (queue_.empty()) break;
    std::function<void()> fn = std::move(queue_.front());
    queue_.pop_front();
    mutex_.Unlock();
    fn();
    fn = nullptr;
    mutex_.Lock();
  }
  mutex_.Unlock();
}

}  // namespace berth::runtime
