#include "server/session/inbox.h"

#include <utility>

#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/limits.h"

namespace berth::session {
namespace {

Incoming WithId(uint32_t id, size_t bytes = 1) {
  Incoming incoming;
  incoming.request.set_request_id(id);
  incoming.bytes = bytes;
  return incoming;
}

TEST(InboxTest, GivesRequestsInTheirOrder) {
  Inbox inbox(3);
  for (uint32_t id : {1, 2, 3}) {
    EXPECT_TRUE(inbox.Push(WithId(id), 0).ok());
  }
  for (uint32_t id : {1, 2, 3}) {
    EXPECT_EQ(inbox.Take().request.request_id(), id);
  }
  EXPECT_TRUE(inbox.empty());
}

TEST(InboxTest, TakesNoMoreThanItsDepthWithWhatRuns) {
  Inbox inbox(2);
  EXPECT_TRUE(inbox.Push(WithId(1), 1).ok());
  const absl::Status status = inbox.Push(WithId(2), 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(errors::ReasonOf(status), "LIMIT");
  EXPECT_EQ(errors::MetadataOf(status, "limit"), "session.pipeline_depth");
  EXPECT_TRUE(inbox.Push(WithId(2), 0).ok());
}

TEST(InboxTest, TakesNoMoreBytesThanAllowed) {
  Inbox inbox(10);
  EXPECT_TRUE(inbox.Push(WithId(1, limits::kPipelineBytes), 0).ok());
  EXPECT_EQ(errors::MetadataOf(inbox.Push(WithId(2), 0), "limit"),
            "pipeline_bytes");
  inbox.Take();
  EXPECT_TRUE(inbox.Push(WithId(2), 0).ok());
}

TEST(InboxTest, MarksWhatIsCancelledAndNothingElse) {
  Inbox inbox(10);
  for (uint32_t id : {1, 2, 3}) EXPECT_TRUE(inbox.Push(WithId(id), 0).ok());
  inbox.Cancel(2);
  inbox.Cancel(7);
  EXPECT_FALSE(inbox.Take().cancelled);
  EXPECT_TRUE(inbox.Take().cancelled);
  EXPECT_FALSE(inbox.Take().cancelled);
}

}  // namespace
}  // namespace berth::session
