// Rows of a result of any size, as they come.
#ifndef BERTH_CLIENT_ROW_STREAM_H_
#define BERTH_CLIENT_ROW_STREAM_H_

#include <google/protobuf/repeated_field.h>

#include <memory>

#include "absl/status/status.h"
#include "berth/client/export.h"
#include "berth/client/result_source.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/value.pb.h"

namespace berth::client {

// A streamed result, from `Client::SelectStream`, `Client::ExecuteStream` or
// those of a `Session`.
//
// Performance: holds two messages, of 256 KiB usually, however large the result
// is; the service reads on only as far as rows are taken. A value that was cut
// for being larger than a message is put together, so it must fit into memory.
//
// Move-only, because it owns the stream. Its destructor ends a statement that
// has not ended, at once and without waiting for the service.
//
// Thread safety: none; a stream belongs to one thread at a time.
//
// Errors: a failure ends the rows and stays in `status`. Nothing is repeated
// once a row has come; what came before a failure is right, but not all. Check
// `status` after the last row.
//
// Example:
//
//   ASSIGN_OR_RETURN(RowStream users, client.SelectStream(spec));
//   while (const v1::Row* user = users.Next()) Print(*user);
//   return users.status();
class BERTH_CLIENT_EXPORT RowStream {
 public:
  using Columns = google::protobuf::RepeatedPtrField<v1::Column>;

  // For connections and mocks. Waits for the first message.
  explicit RowStream(std::unique_ptr<ResultSource> source);

  RowStream(RowStream&&) noexcept;
  RowStream& operator=(RowStream&&) noexcept;
  ~RowStream();

  // Waits for the next row of the result and returns it. Null at its end and
  // after a failure. The row lives until the next call of anything but the
  // getters.
  const v1::Row* Next();

  // The same for as many rows as are there: rows of one message, all whole.
  // The content may be taken. Null as above; a result without rows may have a
  // chunk without any. Rows that `Next` has returned are left out: it is for
  // programs that read nothing but chunks.
  v1::ResultChunk* NextChunk();

  // Goes on to the next result of a CALL; rows that are left are skipped. False
  // where there is none, and after a failure.
  bool NextResult();

  // The columns of the result; none: it has no rows by its nature, and
  // `end().write()` tells what was done.
  const Columns& columns() const { return columns_; }

  // What is known at the end of the result: once `Next` was null.
  const v1::ResultEnd& end() const { return end_; }

  // OK while rows come and after the last one; else why there are no more. The
  // statement as a whole is known to have succeeded when this is OK and
  // `NextResult` was false.
  const absl::Status& status() const { return status_; }

  // Ends the statement at once. There are no more rows; `status` stays.
  void Cancel();

 private:
  // Fetches the next message into `chunk_`, with whole rows only. False at the
  // end, which sets `status_`.
  bool Fetch();
  // Makes the next chunk of this result the current one.
  bool Advance();
  void BeginResult();
  // Keeps the end of the result if the current chunk has it.
  void KeepEnd();

  std::unique_ptr<ResultSource> source_;
  // The current chunk, which belongs to the source. Null: there is none.
  v1::ResultChunk* chunk_ = nullptr;
  // The next row of it.
  int row_ = 0;
  // Whether nothing of it has been returned.
  bool fresh_ = false;
  // Whether `chunk_` is the last one of its result.
  bool last_ = false;
  // Whether `chunk_` belongs to the result after the current one.
  bool is_next_result_ = false;
  // Whether the end of a message cut a row, of which this is what came.
  bool cut_ = false;
  v1::Row cut_row_;
  Columns columns_;
  v1::ResultEnd end_;
  absl::Status status_;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_ROW_STREAM_H_
