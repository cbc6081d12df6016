// UTF-8: what is valid, and how to make and cut valid text.
#ifndef BERTH_SERVER_BASE_UTF8_H_
#define BERTH_SERVER_BASE_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace berth {

// Whether `text` is valid UTF-8 as protobuf demands of a string field:
// shortest forms, no surrogates, at most U+10FFFF.
bool IsValidUtf8(absl::string_view text);

// `text` with each byte that is not part of valid UTF-8 replaced by `?`.
std::string ToValidUtf8(absl::string_view text);

// The longest prefix of valid UTF-8 `text` of at most `limit` bytes that does
// not end within a character.
std::string CutUtf8(std::string text, size_t limit);

}  // namespace berth

#endif  // BERTH_SERVER_BASE_UTF8_H_
