// One thread that signals notifiers when their time has come.
#ifndef BERTH_LUA_CLIENT_SRC_TIMERS_H_
#define BERTH_LUA_CLIENT_SRC_TIMERS_H_

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "lua-client/src/notifier.h"

namespace berth::lua {

// The timers of all notifiers of the process. The thread starts with the first
// timer and wakes for nothing but timers that are due: a minute after the last
// statement it wakes no more.
//
// Thread safety: all functions may be called from any number of threads.
class Timers {
 public:
  // Never destroyed, so that the thread may outlive everything.
  static Timers& Instance();

  // The time in so many seconds, by the clock of `Set`.
  static int64_t In(double seconds);

  // Rings for `key` at `due`.
  Notifier::TimerId Set(std::weak_ptr<Notifier> notifier, uint32_t key,
                        int64_t due);
  void Clear(Notifier::TimerId id);

 private:
  struct Timer {
    std::weak_ptr<Notifier> notifier;
    uint32_t key;
  };

  void Run();

  std::mutex mu_;
  std::condition_variable earlier_;
  std::map<Notifier::TimerId, Timer> timers_;  // guarded by mu_
  uint64_t last_ = 0;                          // guarded by mu_
  bool running_ = false;                       // guarded by mu_
};

}  // namespace berth::lua

#endif  // BERTH_LUA_CLIENT_SRC_TIMERS_H_
