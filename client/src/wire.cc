#include "client/src/wire.h"

#include <grpcpp/support/slice.h>

#include <utility>

#include "berth/client/wire_reader.h"

namespace berth::client::internal {
namespace {

using Kind = WireMessage::Kind;

Kind KindOf(uint32_t field) {
  if (field == v1::SessionResponse::kResultFieldNumber) return Kind::kResult;
  if (field == v1::SessionResponse::kWriteFieldNumber) return Kind::kWrite;
  return Kind::kOther;
}

}  // namespace

bool ReadWireMessage(absl::string_view bytes, WireMessage* message) {
  message->kind = Kind::kOther;
  message->payload.clear();
  message->head.Clear();
  // What the head is made of: all around the payload.
  const char* head = bytes.data();
  auto take_head = [&](const char* end) {
    return head == end ||
           message->head.MergeFromString(std::string(head, end - head));
  };
  WireReader reader(bytes);
  while (reader.Next()) {
    const Kind kind = KindOf(reader.field());
    if (kind == Kind::kOther || !reader.is_bytes()) continue;
    if (!take_head(reader.field_begin())) return false;
    head = reader.field_end();
    message->kind = kind;
    message->payload.assign(reader.bytes().data(), reader.bytes().size());
  }
  return reader.ok() && take_head(bytes.data() + bytes.size());
}

bool ReadWireMessage(const grpc::ByteBuffer& bytes, WireMessage* message) {
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok() &&
      !bytes.DumpToSingleSlice(&slice).ok()) {
    return false;
  }
  return ReadWireMessage(
      absl::string_view(reinterpret_cast<const char*>(slice.begin()),
                        slice.size()),
      message);
}

WireMessage ToWire(v1::SessionResponse response) {
  WireMessage message;
  if (response.has_result()) {
    message.kind = Kind::kResult;
    response.result().SerializeToString(&message.payload);
    response.clear_result();
  } else if (response.has_write()) {
    message.kind = Kind::kWrite;
    response.write().SerializeToString(&message.payload);
    response.clear_write();
  }
  message.head = std::move(response);
  return message;
}

v1::SessionResponse FromWire(WireMessage message) {
  if (message.kind == Kind::kResult &&
      !message.head.mutable_result()->ParseFromString(message.payload)) {
    message.head.clear_result();
  }
  if (message.kind == Kind::kWrite &&
      !message.head.mutable_write()->ParseFromString(message.payload)) {
    message.head.clear_write();
  }
  return std::move(message.head);
}

bool LastCellContinues(const WireMessage& message) {
  if (message.kind != Kind::kResult) {
    return message.head.result().last_cell_continues();
  }
  WireReader reader(message.payload);
  while (reader.Next()) {
    if (reader.field() == v1::ResultChunk::kLastCellContinuesFieldNumber) {
      return reader.number() != 0;
    }
  }
  return false;
}

}  // namespace berth::client::internal
