#include "server/exec/cut_row.h"

#include <algorithm>
#include <cstdint>

#include "berth/v1/value.pb.h"
#include "server/exec/wire.h"

namespace berth::exec {
namespace {

// A value of so many bytes is not cut, however little room there is: no date,
// and no piece without a character.
constexpr size_t kLeastBytes = 64;

constexpr uint8_t kBlob = wire::LengthTag(v1::Value::kBlobFieldNumber);

// Takes a varint off the front; the encoder wrote it, so it is whole.
uint64_t TakeVarint(absl::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

bool IsLengthDelimited(uint8_t tag) { return (tag & 7) == 2; }

// The bytes of the longest part of `text` within `most` bytes that may stand
// alone.
size_t PieceSize(absl::string_view text, size_t most, uint8_t tag) {
  if (text.size() <= most) return text.size();
  if (tag == kBlob) return most;
  while ((static_cast<uint8_t>(text[most]) & 0xC0) == 0x80) --most;
  return most;
}

}  // namespace

bool CutRow::TakeOfCut(size_t room) {
  const size_t size = PieceSize(cut_, std::max(room, kLeastBytes), cut_tag_);
  wire::AppendText(piece_, cut_tag_, cut_.substr(0, size));
  cut_.remove_prefix(size);
  return cut_.empty();
}

bool CutRow::Next(size_t limit, size_t used) {
  piece_.clear();
  const auto room = [&] {
    return limit - std::min(limit, used + piece_.size());
  };
  if (!cut_.empty() && !TakeOfCut(room())) return false;
  while (!rest_.empty()) {
    absl::string_view value = rest_;
    value.remove_prefix(1);
    const size_t size = TakeVarint(value);
    const absl::string_view whole = rest_.substr(
        0, static_cast<size_t>(value.data() - rest_.data()) + size);
    rest_.remove_prefix(whole.size());
    const auto tag = static_cast<uint8_t>(value.front());
    if (whole.size() <= room() || !IsLengthDelimited(tag)) {
      piece_.append(whole.data(), whole.size());
      continue;
    }
    value.remove_prefix(1);
    const size_t text_size = TakeVarint(value);
    cut_ = value.substr(0, text_size);
    cut_tag_ = tag;
    if (!TakeOfCut(room())) return false;
  }
  return true;
}

}  // namespace berth::exec
