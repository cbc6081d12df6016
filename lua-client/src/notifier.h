// How threads tell an event loop that something has come.
#ifndef BERTH_LUA_CLIENT_SRC_NOTIFIER_H_
#define BERTH_LUA_CLIENT_SRC_NOTIFIER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace berth::lua {

// A file descriptor that becomes readable when a key is signalled. Several
// waiters may share one, each with a key of its own.
//
// Thread safety: `Signal` and `Ring` may be called from any thread; everything
// else belongs to the thread of the Lua state.
class Notifier : public std::enable_shared_from_this<Notifier> {
 public:
  // Null where the system has no descriptor left.
  static std::shared_ptr<Notifier> Make() noexcept;
  explicit Notifier(int fd) : fd_(fd) {}
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  ~Notifier();

  int fd() const { return fd_; }

  // Signals through a FIFO from now on, for loops that cannot watch a
  // descriptor: one byte for what `Take` then gives. Returns its path, which is
  // to be removed with `RemoveFifo` once the loop has it open; empty where it
  // cannot be made.
  std::string MakeFifo() noexcept;
  void RemoveFifo() noexcept;

  void Signal(uint32_t key) noexcept;

  // Makes the descriptor unreadable; the keys that were signalled since the
  // last time.
  std::vector<uint32_t> Take() noexcept;

  // Signals `key` in so many seconds, or before: a timer that was set earlier
  // stays where it rings first, so that one timer does for many statements. Who
  // waits looks at the clock, and sets it again.
  void SetTimer(uint32_t key, double seconds) noexcept;

  // Signals `key`, whose timer has come.
  void Ring(uint32_t key) noexcept;

  // When a timer rings, by a steady clock in nanoseconds, and which one it is.
  using TimerId = std::pair<int64_t, uint64_t>;

 private:
  void Wake() noexcept;

  const int fd_;
  // Once there is one it stays the same number, whatever is behind it: others
  // may be about to write.
  std::atomic<int> fifo_ = -1;
  std::string fifo_path_;

  // Not held while the descriptor is read or written: that takes longer than
  // all that it guards.
  std::mutex mu_;
  std::vector<uint32_t> keys_;                    // guarded by mu_
  std::unordered_map<uint32_t, TimerId> timers_;  // guarded by mu_
};

}  // namespace berth::lua

#endif  // BERTH_LUA_CLIENT_SRC_NOTIFIER_H_
