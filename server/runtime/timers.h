// Timers of one shard.
#ifndef BERTH_SERVER_RUNTIME_TIMERS_H_
#define BERTH_SERVER_RUNTIME_TIMERS_H_

#include <chrono>
#include <functional>
#include <map>
#include <optional>

namespace berth::runtime {

using TimePoint = std::chrono::steady_clock::time_point;

// Calls functions when their time has come. Not thread-safe. The time is given
// by the caller, so that tests decide what time it is.
class Timers {
 public:
  using Map = std::multimap<TimePoint, std::function<void()>>;
  using Id = Map::iterator;

  // Calls `fn` once, at or after `when`. The id is valid until then.
  Id Add(TimePoint when, std::function<void()> fn);
  // Forgets a timer whose function was not called yet.
  void Cancel(Id id);
  // Calls what is due at `now`. Returns whether anything was.
  bool RunDue(TimePoint now);
  // When the next one is due.
  std::optional<TimePoint> Next() const;

 private:
  Map timers_;
};

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_TIMERS_H_
