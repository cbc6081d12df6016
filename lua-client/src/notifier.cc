#include "lua-client/src/notifier.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>

#include "lua-client/src/timers.h"

namespace berth::lua {

std::shared_ptr<Notifier> Notifier::Make() noexcept {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) return nullptr;
  try {
    return std::make_shared<Notifier>(fd);
  } catch (const std::exception&) {
    close(fd);
    return nullptr;
  }
}

Notifier::~Notifier() {
  for (const auto& timer : timers_) Timers::Instance().Clear(timer.second);
  RemoveFifo();
  if (const int fifo = fifo_; fifo >= 0) close(fifo);
  close(fd_);
}

std::string Notifier::MakeFifo() noexcept {
  try {
    const char* folder = std::getenv("TMPDIR");
    std::string path = folder != nullptr && *folder != 0 ? folder : "/tmp";
    path += "/berth-XXXXXX";
    // A folder of its own: nobody else can put something in its place.
    if (mkdtemp(path.data()) == nullptr) return {};
    RemoveFifo();
    fifo_path_ = path + "/fifo";
    // Also for reading, so that opening does not wait for the other side.
    const int made =
        mkfifo(fifo_path_.c_str(), 0600) == 0
            ? open(fifo_path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)
            : -1;
    if (made < 0) {
      RemoveFifo();
      return {};
    }
    std::lock_guard lock(mu_);
    if (const int fifo = fifo_; fifo < 0) {
      fifo_ = made;
    } else {
      dup3(made, fifo, O_CLOEXEC);
      close(made);
    }
    // What came before is in the other descriptor.
    if (!keys_.empty()) Wake();
    return fifo_path_;
  } catch (const std::exception&) {
    return {};
  }
}

void Notifier::RemoveFifo() noexcept {
  if (fifo_path_.empty()) return;
  unlink(fifo_path_.c_str());
  fifo_path_.resize(fifo_path_.rfind('/'));
  rmdir(fifo_path_.c_str());
  fifo_path_.clear();
}

void Notifier::Wake() noexcept {
  const uint64_t one = 1;
  const int fifo = fifo_;
  // A descriptor that takes no more is readable already.
  ssize_t written =
      fifo >= 0 ? write(fifo, "!", 1) : write(fd_, &one, sizeof(one));
  static_cast<void>(written);
}

void Notifier::Signal(uint32_t key) noexcept {
  bool first;
  {
    std::lock_guard lock(mu_);
    try {
      keys_.push_back(key);
    } catch (const std::exception&) {
      // Out of memory: the waiter's timer must do.
    }
    first = keys_.size() == 1;
  }
  if (first) Wake();
}

void Notifier::Ring(uint32_t key) noexcept {
  {
    std::lock_guard lock(mu_);
    timers_.erase(key);
  }
  Signal(key);
}

std::vector<uint32_t> Notifier::Take() noexcept {
  // First made unreadable: who adds a key after that makes it readable again.
  if (fifo_ < 0) {
    uint64_t count;
    ssize_t got = read(fd_, &count, sizeof(count));
    static_cast<void>(got);
  }
  std::vector<uint32_t> keys;
  std::lock_guard lock(mu_);
  keys.swap(keys_);
  return keys;
}

void Notifier::SetTimer(uint32_t key, double seconds) noexcept {
  try {
    const int64_t due = Timers::In(seconds);
    std::lock_guard lock(mu_);
    auto timer = timers_.find(key);
    if (timer != timers_.end()) {
      if (timer->second.first <= due) return;
      Timers::Instance().Clear(timer->second);
    }
    timers_[key] = Timers::Instance().Set(weak_from_this(), key, due);
  } catch (const std::exception&) {
    // Without memory or threads the waiter looks again at once.
    Signal(key);
  }
}

}  // namespace berth::lua
