#include "lua-client/src/timers.h"

#include <algorithm>
#include <chrono>

#include "lua-client/src/threads.h"

namespace berth::lua {
namespace {

using Clock = std::chrono::steady_clock;

int64_t Nanoseconds(Clock::time_point time) {
  return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

}  // namespace

Timers& Timers::Instance() {
  static Timers* const timers = new Timers;
  return *timers;
}

int64_t Timers::In(double seconds) {
  // A year is for ever, and fits.
  return Nanoseconds(Clock::now()) +
         static_cast<int64_t>(std::clamp(seconds, 0.0, 3.2e7) * 1e9);
}

Notifier::TimerId Timers::Set(std::weak_ptr<Notifier> notifier, uint32_t key,
                              int64_t due) {
  std::lock_guard lock(mu_);
  Notifier::TimerId id(due, ++last_);
  auto added = timers_.emplace(id, Timer{std::move(notifier), key}).first;
  if (!running_) {
    StartThread([this] { Run(); });
    running_ = true;
  } else if (added == timers_.begin()) {
    earlier_.notify_one();
  }
  return id;
}

void Timers::Clear(Notifier::TimerId id) {
  std::lock_guard lock(mu_);
  timers_.erase(id);
}

void Timers::Run() {
  std::unique_lock lock(mu_);
  while (true) {
    if (timers_.empty()) {
      earlier_.wait(lock);
      continue;
    }
    auto first = timers_.begin();
    if (first->first.first > Nanoseconds(Clock::now())) {
      earlier_.wait_until(
          lock, Clock::time_point(std::chrono::duration_cast<Clock::duration>(
                    std::chrono::nanoseconds(first->first.first))));
      continue;
    }
    Timer due = std::move(first->second);
    timers_.erase(first);
    lock.unlock();
    if (auto notifier = due.notifier.lock()) notifier->Ring(due.key);
    lock.lock();
  }
}

}  // namespace berth::lua
