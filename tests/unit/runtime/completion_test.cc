#include "server/runtime/completion.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/runtime/task.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Task<void> Record(Operation* operation, std::vector<bool>* results) {
  results->push_back(co_await *operation);
}

// What a shard does with a tag.
void Complete(void* tag, bool ok) {
  static_cast<Completion*>(tag)->Complete(ok);
}

TEST(Operation, ResumesItsAwaiterWhenItEnds) {
  Operation operation;
  std::vector<bool> results;
  void* tag = operation.tag();
  Spawn(Record(&operation, &results));
  EXPECT_THAT(results, IsEmpty());
  Complete(tag, true);
  EXPECT_THAT(results, ElementsAre(true));
}

TEST(Operation, MayEndBeforeItIsAwaited) {
  Operation operation;
  std::vector<bool> results;
  Complete(operation.tag(), true);
  Spawn(Record(&operation, &results));
  EXPECT_THAT(results, ElementsAre(true));
}

TEST(Operation, TellsThatItFailed) {
  Operation operation;
  std::vector<bool> results;
  Complete(operation.tag(), false);
  Spawn(Record(&operation, &results));
  EXPECT_THAT(results, ElementsAre(false));
}

TEST(Operation, MayBeUsedAgain) {
  Operation operation;
  std::vector<bool> results;
  Complete(operation.tag(), true);
  Spawn(Record(&operation, &results));
  void* tag = operation.tag();
  Spawn(Record(&operation, &results));
  EXPECT_THAT(results, ElementsAre(true));
  Complete(tag, false);
  EXPECT_THAT(results, ElementsAre(true, false));
}

}  // namespace
}  // namespace berth::runtime
