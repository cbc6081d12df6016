// How threads tell an event loop that something has come.
#ifndef BERTH_LUA_CLIENT_SRC_NOTIFIER_H_
#define BERTH_LUA_CLIENT_SRC_NOTIFIER_H_

#include <cstdint>
#include <map>
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
// Thread safety: `Signal` may be called from any thread; everything else
// belongs to the thread of the Lua state.
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

  // Signals `key` in so many seconds, unless it is cleared before. A key has
  // one timer.
  void SetTimer(uint32_t key, double seconds) noexcept;
  void ClearTimer(uint32_t key) noexcept;

  // When a timer fires, and which one it is.
  using TimerId = std::pair<int64_t, uint64_t>;

 private:
  void Wake() noexcept;

  const int fd_;
  int fifo_ = -1;
  std::string fifo_path_;
  std::unordered_map<uint32_t, TimerId> timers_;

  std::mutex mu_;
  std::vector<uint32_t> keys_;  // guarded by mu_
};

}  // namespace berth::lua

#endif  // BERTH_LUA_CLIENT_SRC_NOTIFIER_H_
