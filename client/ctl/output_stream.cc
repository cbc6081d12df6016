// Printing results of any size.
#include <utility>

#include "client/ctl/json_text.h"
#include "client/ctl/output.h"
#include "client/ctl/text_table.h"

namespace berth::ctl {
namespace {

// How much of a result is held to align its columns. A larger one is printed as
// several tables, one below the other.
constexpr int kTableRows = 10'000;
constexpr size_t kTableBytes = 8 << 20;

// The rest of the present result as a whole. A failure is in the stream.
v1::ResultChunk Gather(client::RowStream& stream) {
  v1::ResultChunk result;
  *result.mutable_columns() = stream.columns();
  while (v1::ResultChunk* chunk = stream.NextChunk()) {
    for (v1::Row& row : *chunk->mutable_rows()->mutable_rows()) {
      result.mutable_rows()->add_rows()->Swap(&row);
    }
  }
  *result.mutable_end() = stream.end();
  return result;
}

}  // namespace

absl::Status Output::Stream(client::RowStream& stream) {
  if (format_ == Format::kJson) {
    std::vector<v1::ResultChunk> results;
    do {
      results.push_back(Gather(stream));
    } while (stream.NextResult());
    if (stream.status().ok()) Results(results);
    return stream.status();
  }
  do {
    if (stream.columns().empty()) {
      const v1::ResultChunk result = Gather(stream);
      if (stream.status().ok()) Result(result);
    } else if (format_ == Format::kNdjson) {
      StreamLines(stream);
    } else {
      StreamTables(stream);
    }
  } while (stream.NextResult());
  return stream.status();
}

void Output::StreamLines(client::RowStream& stream) {
  while (v1::ResultChunk* chunk = stream.NextChunk()) {
    *chunk->mutable_columns() = stream.columns();
    for (const std::string& row : JsonRows(*chunk)) out_ << row << "\n";
  }
}

void Output::StreamTables(client::RowStream& stream) {
  v1::ResultChunk table;
  *table.mutable_columns() = stream.columns();
  size_t bytes = 0;
  while (const v1::Row* row = stream.Next()) {
    if (table.rows().rows_size() == kTableRows || bytes > kTableBytes) {
      out_ << TextRows(table) << "\n";
      table.mutable_rows()->Clear();
      bytes = 0;
    }
    bytes += row->ByteSizeLong();
    *table.mutable_rows()->add_rows() = *row;
  }
  if (!stream.status().ok()) {
    // What came before the failure is right; the count would not be.
    if (!table.rows().rows().empty()) out_ << TextRows(table);
    return;
  }
  out_ << TextRows(table)
       << TableFooter(stream.end().row_count(), stream.end().truncated());
}

}  // namespace berth::ctl
