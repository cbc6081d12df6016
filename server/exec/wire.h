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

inline void AppendVarint(std::string& out, uint64_t value) {
  char buffer[10];
  int size = 0;
  while (value >= 0x80) {
    buffer[size++] = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  buffer[size++] = static_cast<char>(value);
  out.append(buffer, size);
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

inline void AppendBytes(std::string& out, uint8_t tag,
                        absl::string_view bytes) {
  out.push_back(static_cast<char>(tag));
  AppendVarint(out, bytes.size());
  out.append(bytes.data(), bytes.size());
}

// Appends a value of a row: text or bytes, whose kind has this tag.
inline void AppendText(std::string& row, uint8_t tag, absl::string_view text) {
  row.push_back(static_cast<char>(LengthTag(v1::Row::kValuesFieldNumber)));
  AppendVarint(row, 1 + VarintSize(text.size()) + text.size());
  AppendBytes(row, tag, text);
}

}  // namespace berth::exec::wire

#endif  // BERTH_SERVER_EXEC_WIRE_H_
