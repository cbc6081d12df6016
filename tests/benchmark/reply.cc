#include "tests/benchmark/reply.h"

#include <google/protobuf/arena.h>
#include <grpc/slice.h>

#include <cstring>

#include "berth/v1/database.pb.h"

namespace berth::benchmark {
namespace {

// Tags of `berth.v1`, all below 16: field number << 3 | wire type.
constexpr char kTagResult = 2 << 3 | 2;  // SelectResponse.result
constexpr char kTagRows = 3 << 3 | 2;    // ResultChunk.rows
constexpr char kTagRow = 1 << 3 | 2;     // Rows.rows
constexpr char kTagValue = 1 << 3 | 2;   // Row.values
constexpr char kTagIntValue = 3 << 3;    // Value.int_value
constexpr char kTagText = 6 << 3 | 2;    // Value.text

size_t VarintSize(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

char* PutVarint(char* out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
  *out++ = static_cast<char>(value);
  return out;
}

char* PutHeader(char* out, char tag, size_t length) {
  *out++ = tag;
  return PutVarint(out, length);
}

uint32_t ZigZag(int32_t value) {
  return (static_cast<uint32_t>(value) << 1) ^
         static_cast<uint32_t>(value >> 31);
}

// The size of a length-delimited field with this many bytes in it.
size_t FieldSize(size_t length) { return 1 + VarintSize(length) + length; }

// The sizes of a `Value` without its own header.
size_t IntSize(int32_t value) { return 1 + VarintSize(ZigZag(value)); }

char* PutInt(char* out, int32_t value) {
  out = PutHeader(out, kTagValue, IntSize(value));
  *out++ = kTagIntValue;
  return PutVarint(out, ZigZag(value));
}

char* PutText(char* out, const char* text, size_t length) {
  out = PutHeader(out, kTagValue, FieldSize(length));
  out = PutHeader(out, kTagText, length);
  std::memcpy(out, text, length);
  return out + length;
}

std::string Info() {
  v1::SelectResponse response;
  response.mutable_info()->set_attempts(1);
  return response.SerializeAsString();
}

// What every answer has in common: the columns before the rows.
std::string Columns() {
  v1::ResultChunk chunk;
  const auto add = [&chunk](const char* name, v1::ColumnType type,
                            uint64_t length) {
    v1::Column* column = chunk.add_columns();
    column->set_name(name);
    column->set_table("sbtest");
    column->set_type(type);
    column->set_length(length);
  };
  add("id", v1::COLUMN_TYPE_INT, 11);
  add("k", v1::COLUMN_TYPE_INT, 11);
  add("c", v1::COLUMN_TYPE_CHAR, 120);
  add("pad", v1::COLUMN_TYPE_CHAR, 60);
  return chunk.SerializeAsString();
}

// And the end after them.
std::string End() {
  v1::ResultChunk chunk;
  chunk.mutable_end()->set_row_count(1);
  return chunk.SerializeAsString();
}

char* PutAll(char* out, const std::string& bytes) {
  std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

}  // namespace

grpc::ByteBuffer EncodeReply(const PointRow& row) {
  static const std::string& info = *new std::string(Info());
  static const std::string& columns = *new std::string(Columns());
  static const std::string& end = *new std::string(End());

  const size_t row_size =
      FieldSize(IntSize(row.id)) + FieldSize(IntSize(row.k)) +
      FieldSize(FieldSize(row.c_length)) + FieldSize(FieldSize(row.pad_length));
  const size_t rows_size = FieldSize(row_size);
  const size_t result_size = columns.size() + FieldSize(rows_size) + end.size();

  grpc_slice slice = grpc_slice_malloc(info.size() + FieldSize(result_size));
  char* out = reinterpret_cast<char*>(GRPC_SLICE_START_PTR(slice));
  out = PutAll(out, info);
  out = PutHeader(out, kTagResult, result_size);
  out = PutAll(out, columns);
  out = PutHeader(out, kTagRows, rows_size);
  out = PutHeader(out, kTagRow, row_size);
  out = PutInt(out, row.id);
  out = PutInt(out, row.k);
  out = PutText(out, row.c, row.c_length);
  out = PutText(out, row.pad, row.pad_length);
  PutAll(out, end);
  const grpc::Slice reply(slice, grpc::Slice::STEAL_REF);
  return grpc::ByteBuffer(&reply, 1);
}

int64_t DecodeId(const grpc::ByteBuffer& request) {
  grpc::Slice slice;
  if (!request.TrySingleSlice(&slice).ok() &&
      !request.DumpToSingleSlice(&slice).ok()) {
    return -1;
  }
  alignas(8) char block[2048];
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = sizeof block;
  google::protobuf::Arena arena(options);
  auto* message =
      google::protobuf::Arena::CreateMessage<v1::SelectRequest>(&arena);
  if (!message->ParseFromArray(slice.begin(), static_cast<int>(slice.size())) ||
      message->select().filter().parameters_size() != 1) {
    return -1;
  }
  return message->select().filter().parameters(0).int_value();
}

}  // namespace berth::benchmark
