#include "server/runtime/frame_memory.h"

namespace berth::runtime::internal {

FrameMemory::~FrameMemory() {
  for (List& list : lists_) {
    while (list.first != nullptr) {
      Free* frame = list.first;
      list.first = frame->next;
      ::operator delete(frame);
    }
  }
}

}  // namespace berth::runtime::internal
