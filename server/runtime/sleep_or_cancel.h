// A sleep that ends early when the call does.
#ifndef BERTH_SERVER_RUNTIME_SLEEP_OR_CANCEL_H_
#define BERTH_SERVER_RUNTIME_SLEEP_OR_CANCEL_H_

#include <chrono>

#include "server/runtime/async_event.h"
#include "server/runtime/cancellation.h"
#include "server/runtime/shard.h"
#include "server/runtime/task.h"

namespace berth::runtime {

// Waits for `duration`, or until the call is cancelled.
inline Task<void> SleepOrCancel(std::chrono::nanoseconds duration,
                                Cancellation* cancellation) {
  if (cancellation->cancelled()) co_return;
  AsyncEvent over;
  bool rang = false;
  Timers& timers = Shard::Current().timers();
  auto timer =
      timers.Add(std::chrono::steady_clock::now() + duration, [&over, &rang] {
        rang = true;
        over.Signal();
      });
  Cancellation::Listener listener(cancellation, [&over] { over.Signal(); });
  co_await over;
  if (!rang) timers.Cancel(timer);
}

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_SLEEP_OR_CANCEL_H_
