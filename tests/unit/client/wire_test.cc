#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "berth/client/session.h"
#include "berth/client/wire_message.h"
#include "berth/client/wire_reader.h"
#include "gtest/gtest.h"

namespace berth::client {
namespace {

v1::Value Everything(int kind) {
  v1::Value value;
  switch (kind) {
    case 0:
      value.set_int_value(std::numeric_limits<int64_t>::min());
      break;
    case 1:
      value.set_uint_value(std::numeric_limits<uint64_t>::max());
      break;
    case 2:
      value.set_double_value(-0.125);
      break;
    default:
      value.set_text(std::string("a\0b", 3));
  }
  return value;
}

TEST(WireReader, ReadsEveryKindOfField) {
  std::string bytes = Everything(0).SerializeAsString();
  WireReader number(bytes);
  ASSERT_TRUE(number.Next());
  EXPECT_EQ(number.field(), uint32_t{v1::Value::kIntValueFieldNumber});
  EXPECT_EQ(number.signed_number(), std::numeric_limits<int64_t>::min());
  EXPECT_FALSE(number.is_bytes());
  EXPECT_FALSE(number.Next());
  EXPECT_TRUE(number.ok());

  bytes = Everything(1).SerializeAsString();
  WireReader large(bytes);
  ASSERT_TRUE(large.Next());
  EXPECT_EQ(large.number(), std::numeric_limits<uint64_t>::max());

  bytes = Everything(2).SerializeAsString();
  WireReader real(bytes);
  ASSERT_TRUE(real.Next());
  EXPECT_EQ(real.real(), -0.125);

  bytes = Everything(3).SerializeAsString();
  WireReader text(bytes);
  ASSERT_TRUE(text.Next());
  EXPECT_TRUE(text.is_bytes());
  EXPECT_EQ(text.bytes(), absl::string_view("a\0b", 3));
}

TEST(WireReader, ReadsPackedNumbers) {
  v1::WriteResult write;
  write.add_generated_ids(1);
  write.add_generated_ids(300);
  const std::string bytes = write.SerializeAsString();
  WireReader reader(bytes);
  ASSERT_TRUE(reader.Next());
  WireReader ids(reader.bytes());
  std::vector<uint64_t> seen;
  while (ids.NextNumber()) seen.push_back(ids.number());
  EXPECT_EQ(seen, (std::vector<uint64_t>{1, 300}));
}

TEST(WireReader, StopsWhereTheBytesAreCutOff) {
  v1::Column column;
  column.set_name("name");
  column.set_length(1'000'000);
  const std::string whole = column.SerializeAsString();
  for (size_t size = 1; size < whole.size(); ++size) {
    WireReader reader(absl::string_view(whole.data(), size));
    size_t read = 0;
    while (reader.Next()) read = reader.field_end() - whole.data();
    EXPECT_LE(read, size);
    // Only between two fields is a part a message.
    EXPECT_EQ(reader.ok(), read == size) << size;
  }
}

TEST(WireReader, RefusesWhatIsNoField) {
  for (const char* bytes : {"\x0b", "\x0c", "\x0f"}) {  // groups, unknown types
    WireReader reader(absl::string_view(bytes, 1));
    EXPECT_FALSE(reader.Next());
    EXPECT_FALSE(reader.ok());
  }
  const std::string endless(11, '\xff');
  WireReader reader(endless);
  EXPECT_FALSE(reader.Next());
  EXPECT_FALSE(reader.ok());
}

// A connection that has one answer, for what `SessionConnection` does itself.
class OneAnswer : public SessionConnection {
 public:
  absl::StatusOr<uint32_t> Send(v1::SessionRequest,
                                std::optional<absl::Duration>) override {
    return 1;
  }
  absl::StatusOr<std::vector<v1::SessionResponse>> Receive(
      uint32_t, std::optional<absl::Duration>) override {
    std::vector<v1::SessionResponse> messages(2);
    messages[0].mutable_result()->add_columns()->set_name("id");
    messages[0].set_more(true);
    messages[1].mutable_write()->set_affected_rows(3);
    return messages;
  }
  absl::Status End() override { return absl::OkStatus(); }
  void Cancel() override {}
  bool Alive() override { return true; }
  const v1::SessionState& state() const override { return state_; }

 private:
  v1::SessionState state_;
};

TEST(WireMessage, AConnectionThatParsesGivesThemToo) {
  Session session(std::make_unique<OneAnswer>());
  auto answer = session.ReceiveWire(1);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->size(), 2u);
  EXPECT_EQ((*answer)[0].kind, WireMessage::Kind::kResult);
  EXPECT_TRUE((*answer)[0].head.more());
  EXPECT_FALSE((*answer)[0].head.has_result());
  v1::ResultChunk chunk;
  ASSERT_TRUE(chunk.ParseFromString((*answer)[0].payload));
  EXPECT_EQ(chunk.columns(0).name(), "id");
  EXPECT_EQ((*answer)[1].kind, WireMessage::Kind::kWrite);
  v1::WriteResult write;
  ASSERT_TRUE(write.ParseFromString((*answer)[1].payload));
  EXPECT_EQ(write.affected_rows(), 3u);
}

}  // namespace
}  // namespace berth::client
