// Feeding a sink as a connection does.
#ifndef BERTH_TESTS_UNIT_EXEC_FEED_H_
#define BERTH_TESTS_UNIT_EXEC_FEED_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/value.pb.h"
#include "server/mariadb/row_sink.h"
#include "server/runtime/task.h"

namespace berth::exec {

// The result of a task that waits for nothing.
inline absl::Status Finish(runtime::Task<absl::Status> task) {
  std::optional<absl::Status> result;
  runtime::Spawn([](runtime::Task<absl::Status> inner,
                    std::optional<absl::Status>* out) -> runtime::Task<void> {
    out->emplace(co_await std::move(inner));
  }(std::move(task), &result));
  return result.has_value() ? *result : absl::InternalError("it waits");
}

// Columns of these names, all INT.
inline mariadb::ResultMetadata Metadata(const std::vector<std::string>& names) {
  mariadb::ResultMetadata metadata;
  v1::ResultChunk chunk;
  for (const std::string& name : names) {
    v1::Column* column = chunk.add_columns();
    column->set_name(name);
    column->set_type(v1::COLUMN_TYPE_INT);
    metadata.columns.push_back(*column);
  }
  metadata.wire = chunk.SerializeAsString();
  return metadata;
}

// Hands one value to the sink as the cell that it came from.
inline void FeedCell(mariadb::RowSink& sink, const v1::Value& value) {
  using mariadb::TextKind;
  switch (value.kind_case()) {
    case v1::Value::kIntValue:
      return sink.Int(value.int_value());
    case v1::Value::kUintValue:
      return sink.Uint(value.uint_value());
    case v1::Value::kDoubleValue:
      return sink.Double(value.double_value());
    case v1::Value::kText:
      return sink.Text(TextKind::kText, value.text());
    case v1::Value::kBlob:
      return sink.Text(TextKind::kBlob, value.blob());
    case v1::Value::kDecimal:
      return sink.Text(TextKind::kDecimal, value.decimal());
    case v1::Value::kJson:
      return sink.Text(TextKind::kJson, value.json());
    case v1::Value::kDate:
      return sink.Text(TextKind::kDate, value.date());
    case v1::Value::kDatetime:
      return sink.Text(TextKind::kDateTime, value.datetime());
    case v1::Value::kTime:
      return sink.Text(TextKind::kTime, value.time());
    default:
      return sink.Null();
  }
}

inline mariadb::RowSink::Next FeedRow(mariadb::RowSink& sink,
                                      const v1::Row& row) {
  for (const v1::Value& value : row.values()) FeedCell(sink, value);
  return sink.EndRow();
}

inline v1::Row IntRow(const std::vector<int64_t>& values) {
  v1::Row row;
  for (int64_t value : values) row.add_values()->set_int_value(value);
  return row;
}

}  // namespace berth::exec

#endif  // BERTH_TESTS_UNIT_EXEC_FEED_H_
