// Reads rows of MariaDB's binary protocol in place.
#ifndef BERTH_SERVER_MARIADB_ROW_DECODER_H_
#define BERTH_SERVER_MARIADB_ROW_DECODER_H_

#include <vector>

#include "server/mariadb/mariadb_include.h"
#include "server/mariadb/row_sink.h"

namespace berth::mariadb {

// Hands each cell of a row from libmariadb's network buffer to a sink, through
// the callback of STMT_ATTR_CB_RESULT. The layout of a cell follows from its
// column's type:
// https://mariadb.com/kb/en/resultset-row/#binary-resultset-row
class RowDecoder {
 public:
  RowDecoder() = default;

  // Learns the layout from the columns. Again whenever they change.
  void SetColumns(const MYSQL_FIELD* fields, const ResultMetadata& metadata);
  void set_sink(RowSink* sink) { sink_ = sink; }

  // The callback; `data` is a RowDecoder. Advances `*row` past the cell; `row`
  // is null for a NULL.
  static void OnCell(void* data, unsigned int column, unsigned char** row);

 private:
  enum class Layout {
    kInt8,
    kInt16,
    kInt32,
    kInt64,
    kUint8,
    kUint16,
    kUint32,
    kUint64,
    kFloat,
    kDouble,
    kDate,
    kDateTime,
    kTime,
    kBit,
    kText,
    kBlob,
    kDecimal,
    kJson,
  };
  struct Cell {
    Cell() = default;
    Layout layout = Layout::kText;
    unsigned int decimals = 0;
  };

  void Decode(const Cell& cell, unsigned char** row);

  std::vector<Cell> cells_;
  RowSink* sink_ = nullptr;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_ROW_DECODER_H_
