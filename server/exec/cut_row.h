// Rows that are too large for one message.
#ifndef BERTH_SERVER_EXEC_CUT_ROW_H_
#define BERTH_SERVER_EXEC_CUT_ROW_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace berth::exec {

// Cuts a serialised v1.Row into pieces that are rows themselves. Each but the
// last one ends within a value of text or bytes, and the next one goes on with
// it, as `ResultChunk.last_cell_continues` says. Text is cut between
// characters; no piece of a value is empty, and none of up to 64 bytes is cut.
class CutRow {
 public:
  explicit CutRow(std::string row) : row_(std::move(row)), rest_(row_) {}
  CutRow(const CutRow&) = delete;
  CutRow& operator=(const CutRow&) = delete;

  // Makes the next piece, which together with `used` bytes has about `limit`
  // bytes; only values that cannot be cut make it larger. Returns whether it
  // is the last.
  bool Next(size_t limit, size_t used);
  // Of the last Next.
  const std::string& piece() const { return piece_; }

 private:
  // Takes of the value that was cut what has room; whether that is all of it.
  bool TakeOfCut(size_t room);

  const std::string row_;
  absl::string_view rest_;  // The values that no piece has.
  // What is left of the value that was cut, and the tag of its kind.
  absl::string_view cut_;
  uint8_t cut_tag_ = 0;
  std::string piece_;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_CUT_ROW_H_
