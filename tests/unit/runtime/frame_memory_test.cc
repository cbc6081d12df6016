#include "server/runtime/frame_memory.h"

#include <cstring>
#include <thread>
#include <vector>

#include "absl/base/config.h"
#include "gtest/gtest.h"

namespace berth::runtime::internal {
namespace {

TEST(FrameMemory, FramesInUseDoNotOverlap) {
  FrameMemory memory;
  for (size_t bytes : {1u, 64u, 65u, 1000u, 4096u, 4097u, 100'000u}) {
    std::vector<unsigned char*> frames;
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 40; ++i) {
        auto* frame = static_cast<unsigned char*>(memory.Take(bytes));
        std::memset(frame, i, bytes);
        frames.push_back(frame);
      }
      for (int i = 0; i < 40; ++i) {
        EXPECT_EQ(frames[i][0], i);
        EXPECT_EQ(frames[i][bytes - 1], i);
        memory.Give(frames[i], bytes);
      }
      frames.clear();
    }
  }
}

// Under AddressSanitizer nothing is kept, so that it finds uses after the end.
#ifndef ABSL_HAVE_ADDRESS_SANITIZER
TEST(FrameMemory, KeepsAFrameForTheNextOfItsSize) {
  FrameMemory memory;
  void* frame = memory.Take(300);
  memory.Give(frame, 300);
  void* other = memory.Take(200);
  void* same = memory.Take(310);
  EXPECT_NE(other, frame);
  EXPECT_EQ(same, frame);
  memory.Give(other, 200);
  memory.Give(same, 310);
}
#endif

TEST(FrameMemory, TakesBackFramesOfOtherThreads) {
  void* frame = FrameMemory::Current().Take(300);
  std::thread([frame] { FrameMemory::Current().Give(frame, 300); }).join();
}

}  // namespace
}  // namespace berth::runtime::internal
