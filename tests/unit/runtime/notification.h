// How the threads of a test wait for each other.
//
// Not absl's: in a distribution's build ThreadSanitizer cannot see into them.
#ifndef BERTH_TESTS_UNIT_RUNTIME_NOTIFICATION_H_
#define BERTH_TESTS_UNIT_RUNTIME_NOTIFICATION_H_

#include "server/base/mutex.h"

namespace berth::runtime {

// Something that happens once, such as the last of so many things.
class Notification {
 public:
  explicit Notification(int times = 1) : left_(times) {}

  void Notify() {
    MutexLock lock(&mutex_);
    --left_;
    changed_.SignalAll();
  }
  void Wait() {
    MutexLock lock(&mutex_);
    while (left_ > 0) changed_.Wait(&mutex_);
  }
  bool HasBeenNotified() {
    MutexLock lock(&mutex_);
    return left_ <= 0;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int left_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::runtime

#endif  // BERTH_TESTS_UNIT_RUNTIME_NOTIFICATION_H_
