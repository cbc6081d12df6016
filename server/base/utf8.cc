#include "server/base/utf8.h"

#include <cstdint>
#include <cstring>
#include <utility>

namespace berth {
namespace {

// The length of the valid sequence at `p`, or 0. RFC 3629, section 4.
size_t SequenceLength(const unsigned char* p, size_t left) {
  const unsigned char lead = p[0];
  if (lead < 0x80) return 1;
  size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (left < length || p[1] < low || p[1] > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (p[i] < 0x80 || p[i] > 0xBF) return 0;
  }
  return length;
}

// The length of the prefix of plain ASCII, eight bytes at a time.
size_t AsciiPrefix(const char* p, size_t size) {
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word;
    std::memcpy(&word, p + i, 8);
    if ((word & 0x8080808080808080ULL) != 0) break;
  }
  while (i < size && static_cast<unsigned char>(p[i]) < 0x80) ++i;
  return i;
}

}  // namespace

bool IsValidUtf8(absl::string_view text) {
  size_t i = AsciiPrefix(text.data(), text.size());
  while (i < text.size()) {
    const size_t length =
        SequenceLength(reinterpret_cast<const unsigned char*>(text.data()) + i,
                       text.size() - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string ToValidUtf8(absl::string_view text) {
  std::string result(text);
  size_t i = AsciiPrefix(text.data(), text.size());
  while (i < result.size()) {
    const size_t length = SequenceLength(
        reinterpret_cast<const unsigned char*>(result.data()) + i,
        result.size() - i);
    if (length == 0) result[i] = '?';
    i += length == 0 ? 1 : length;
  }
  return result;
}

std::string CutUtf8(std::string text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 &&
         (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) {
    --limit;
  }
  text.resize(limit);
  return text;
}

}  // namespace berth
