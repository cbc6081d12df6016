// Tables for people, in a terminal.
#ifndef BERTH_CLIENT_CTL_TEXT_TABLE_H_
#define BERTH_CLIENT_CTL_TEXT_TABLE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/value.pb.h"

namespace berth::ctl {

// The columns of a terminal that valid UTF-8 takes: two for wide characters,
// none for combining ones.
int DisplayWidth(absl::string_view text);

// The text of one cell: bytes in hexadecimal, control characters escaped, so
// that no content can steer the terminal.
std::string CellText(const v1::Value& value);

// The rows with aligned columns, numbers to the right, under the columns'
// names.
std::string TextRows(const v1::ResultChunk& result);

// The line below: how many rows, and whether more exist.
std::string TableFooter(uint64_t rows, bool more_exist);

// Both.
std::string TextTable(const v1::ResultChunk& result);

}  // namespace berth::ctl

#endif  // BERTH_CLIENT_CTL_TEXT_TABLE_H_
