// Reads the fields of a serialised message one by one, without objects.
#ifndef BERTH_CLIENT_WIRE_READER_H_
#define BERTH_CLIENT_WIRE_READER_H_

#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace berth::client {

// A cursor over the protobuf encoding of one message. Needs no destructor, so
// that it may live where an error of Lua jumps over it.
//
//   WireReader reader(bytes);
//   while (reader.Next()) {
//     if (reader.field() == 3) Use(reader.bytes());
//   }
//   if (!reader.ok()) …
class WireReader {
 public:
  // Borrows the bytes.
  explicit WireReader(absl::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // Goes to the next field. False after the last one, and where the bytes are
  // no message.
  bool Next() {
    if (at_ == end_ || !ok_) return false;
    begin_ = at_;
    const uint64_t tag = Varint();
    field_ = static_cast<uint32_t>(tag >> 3);
    type_ = static_cast<uint32_t>(tag & 7);
    number_ = 0;
    bytes_ = absl::string_view();
    if (type_ == 0) {
      number_ = Varint();
    } else if (type_ == 2) {
      const uint64_t size = Varint();
      if (ok_) bytes_ = Take(size);
    } else if (type_ == 1 || type_ == 5) {
      const absl::string_view fixed = Take(type_ == 1 ? 8 : 4);
      if (ok_) std::memcpy(&number_, fixed.data(), fixed.size());
    } else {
      ok_ = false;
    }
    return ok_;
  }

  // The same where the bytes are packed numbers, not a message.
  bool NextNumber() {
    if (at_ == end_ || !ok_) return false;
    number_ = Varint();
    return ok_;
  }

  // Whether all that was read until now was in order.
  bool ok() const { return ok_; }

  uint32_t field() const { return field_; }
  // Whether the field has bytes: a string, a message, packed numbers.
  bool is_bytes() const { return type_ == 2; }
  absl::string_view bytes() const { return bytes_; }
  // The field's varint, or its fixed bytes.
  uint64_t number() const { return number_; }
  // The varint as an sint64, and the fixed bytes as a double.
  int64_t signed_number() const {
    return static_cast<int64_t>(number_ >> 1) ^
           -static_cast<int64_t>(number_ & 1);
  }
  double real() const {
    double real;
    std::memcpy(&real, &number_, sizeof(real));
    return real;
  }

  // Where the field lies, its tag included.
  const char* field_begin() const { return begin_; }
  const char* field_end() const { return at_; }

 private:
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }

  absl::string_view Take(uint64_t size) {
    if (size > static_cast<uint64_t>(end_ - at_)) {
      ok_ = false;
      return {};
    }
    const absl::string_view taken(at_, size);
    at_ += size;
    return taken;
  }

  const char* at_;
  const char* const end_;
  const char* begin_ = nullptr;
  bool ok_ = true;
  uint32_t field_ = 0, type_ = 0;
  uint64_t number_ = 0;
  absl::string_view bytes_;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_WIRE_READER_H_
