#include "lua-client/src/threads.h"

#include <signal.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace berth::lua {
namespace {

// The most calls that run at once. Statements are not among them: they travel
// on the streams of their sessions.
constexpr int kMaxWorkers = 16;

class Workers {
 public:
  void Run(std::function<void()> run) {
    std::lock_guard lock(mu_);
    tasks_.push_back(std::move(run));
    if (idle_ > 0 && static_cast<int>(tasks_.size()) <= idle_) {
      some_.notify_one();
    } else if (count_ < kMaxWorkers) {
      StartThread([this] { Work(); });
      ++count_;
    }
  }

 private:
  void Work() {
    std::unique_lock lock(mu_);
    while (true) {
      while (tasks_.empty()) {
        ++idle_;
        some_.wait(lock);
        --idle_;
      }
      std::function<void()> run = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      run();
      run = nullptr;
      lock.lock();
    }
  }

  std::mutex mu_;
  std::condition_variable some_;
  std::deque<std::function<void()>> tasks_;
  int count_ = 0, idle_ = 0;
};

}  // namespace

void StartThread(std::function<void()> run) {
  sigset_t all, saved;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &saved);
  try {
    std::thread(std::move(run)).detach();
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &saved, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &saved, nullptr);
}

void RunOnWorker(std::function<void()> run) {
  static Workers* const workers = new Workers;  // its threads never end
  workers->Run(std::move(run));
}

}  // namespace berth::lua
