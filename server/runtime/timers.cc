#include "server/runtime/timers.h"

#include <utility>

namespace berth::runtime {

Timers::Id Timers::Add(TimePoint when, std::function<void()> fn) {
  return timers_.emplace(when, std::move(fn));
}

void Timers::Cancel(Id id) { timers_.erase(id); }

bool Timers::RunDue(TimePoint now) {
  bool any = false;
  while (!timers_.empty() && timers_.begin()->first <= now) {
    // Taken out first: the function may add and cancel timers.
    auto node = timers_.extract(timers_.begin());
    node.mapped()();
    any = true;
  }
  return any;
}

std::optional<TimePoint> Timers::Next() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first;
}

}  // namespace berth::runtime
