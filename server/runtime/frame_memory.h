// Memory for the frames of coroutines.
#ifndef BERTH_SERVER_RUNTIME_FRAME_MEMORY_H_
#define BERTH_SERVER_RUNTIME_FRAME_MEMORY_H_

#include <cstddef>
#include <new>

#include "absl/base/config.h"

namespace berth::runtime::internal {

// Frames that have ended, kept by size for the next ones of the same thread: a
// call is a dozen coroutines, some with frames too large for malloc's own
// caches. At most 64 frames of each size are kept.
class FrameMemory {
 public:
  FrameMemory() = default;
  ~FrameMemory();
  FrameMemory(const FrameMemory&) = delete;
  FrameMemory& operator=(const FrameMemory&) = delete;

  // That of the calling thread.
  static FrameMemory& Current() {
    static thread_local FrameMemory memory;
    return memory;
  }

  void* Take(size_t bytes) {
    const size_t size = SizeClass(bytes);
    if (size >= kSizes) return ::operator new(bytes);
    List& list = lists_[size];
    if (list.first == nullptr) return ::operator new((size + 1) * kStep);
    Free* frame = list.first;
    list.first = frame->next;
    --list.count;
    return frame;
  }

  // Takes back what Take gave, on whatever thread, for the same `bytes`.
  void Give(void* frame, size_t bytes) {
    const size_t size = SizeClass(bytes);
    if (size >= kSizes || lists_[size].count >= kKept) {
      return ::operator delete(frame);
    }
    List& list = lists_[size];
    list.first = new (frame) Free(list.first);
    ++list.count;
  }

 private:
  static constexpr size_t kStep = 64;
  static constexpr size_t kSizes = 64;
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  static constexpr int kKept = 0;  // So that uses after the end are found.
#else
  static constexpr int kKept = 64;
#endif

  struct Free {
    explicit Free(Free* after) : next(after) {}
    Free* next;
  };
  struct List {
    List() = default;
    Free* first = nullptr;
    int count = 0;
  };

  static size_t SizeClass(size_t bytes) { return (bytes - 1) / kStep; }

  List lists_[kSizes];
};

}  // namespace berth::runtime::internal

#endif  // BERTH_SERVER_RUNTIME_FRAME_MEMORY_H_
