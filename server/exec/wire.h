// The few pieces of protobuf's wire format that rows are written with.
//
// https://protobuf.dev/programming-guides/encoding/
#ifndef BERTH_SERVER_EXEC_WIRE_H_
#define BERTH_SERVER_EXEC_WIRE_H_

#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "berth/v1/value.pb.h"

namespace berth::exec::wire {

// The tag of a field: its number and how it is written.
constexpr uint8_t VarintTag(int field) { return field << 3; }
constexpr uint8_t Fixed64Tag(int field) { return (field << 3) | 1; }
constexpr uint8_t LengthTag(int field) { return (field << 3) | 2; }

// The most bytes of a varint.
inline constexpr size_t kMaxVarint = 10;

// Writes at `out`, which has room, and returns the end of what was written.
inline char* PutVarint(char* out, uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

inline void AppendVarint(std::string& out, uint64_t value) {
  char buffer[kMaxVarint];
  out.append(buffer, static_cast<size_t>(PutVarint(buffer, value) - buffer));
}

// The bytes that AppendVarint writes.
inline size_t VarintSize(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^
         static_cast<uint64_t>(value >> 63);
}

// What stands before bytes is written in one piece: a string grows once.
inline void AppendBytes(std::string& out, uint8_t tag,
                        absl::string_view bytes) {
  char head[1 + kMaxVarint];
  head[0] = static_cast<char>(tag);
  const char* end = PutVarint(head + 1, bytes.size());
  out.append(head, static_cast<size_t>(end - head));
  out.append(bytes.data(), bytes.size());
}

// Appends a value of a row: text or bytes, whose kind has this tag.
inline void AppendText(std::string& row, uint8_t tag, absl::string_view text) {
  char head[2 * (1 + kMaxVarint)];
  head[0] = static_cast<char>(LengthTag(v1::Row::kValuesFieldNumber));
  char* end = PutVarint(head + 1, 1 + VarintSize(text.size()) + text.size());
  *end++ = static_cast<char>(tag);
  end = PutVarint(end, text.size());
  row.append(head, static_cast<size_t>(end - head));
  row.append(text.data(), text.size());
}

}  // namespace berth::exec::wire

#endif  // BERTH_SERVER_EXEC_WIRE_H_
