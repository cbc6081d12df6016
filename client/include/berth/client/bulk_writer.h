// Inserts any number of rows over one stream.
#ifndef BERTH_CLIENT_BULK_WRITER_H_
#define BERTH_CLIENT_BULK_WRITER_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/client/bulk_connection.h"
#include "berth/client/export.h"
#include "berth/client/options.h"
#include "berth/v1/value.pb.h"

namespace berth::client {

// One bulk insert, from `Client::BulkInsert` to `Finish` or the destructor.
//
// The header's `commit` decides when rows are committed: all together with
// `Finish` (the default: all or none), or each batch by itself.
//
// Performance: rows are gathered into batches (`BulkOptions::batch_rows`), some
// of which may be under way at a time (`BulkOptions::batches_in_flight`); then
// adding waits, so that the program goes no faster than MariaDB stores. Rows
// are not kept after they were sent.
//
// Move-only, because it owns the stream. The destructor of one that was not
// finished cancels it: what is not committed is rolled back. It does not block
// on the network.
//
// Thread safety: none; a writer belongs to one thread at a time. The service
// gives up a transaction that gets no rows for 10 s (`TX_IDLE_TIMEOUT`).
//
// Errors: the first one ends the stream, and every function returns it from
// then on. Since rows are sent ahead, it may be that of an earlier batch: its
// metadata has the bad row's number on the stream, from 0, as `row`. Outcome
// and retry speak of the rows after `progress().committed_rows`, which stay:
//
//   with the commit at the end, before `Finish`: NOT_DONE, nothing is stored
//   within `Finish`, where the answer is lost: UNKNOWN
//   with a commit for each batch: UNKNOWN if the connection broke or the time
//     was over while a batch had no answer; else NOT_DONE
//
// Nothing is repeated.
//
// Example:
//
//   v1::BulkInsertHeader header;
//   header.set_table("users");
//   for (const char* name : {"id", "name"}) header.add_columns(name);
//   ASSIGN_OR_RETURN(BulkWriter writer, client.BulkInsert(header));
//   for (const User& user : users) {
//     RETURN_IF_ERROR(writer.Add(Values(user.id, user.name)));
//   }
//   ASSIGN_OR_RETURN(BulkProgress done, writer.Finish());
class BERTH_CLIENT_EXPORT BulkWriter {
 public:
  // For connections and mocks; programs call `Client::BulkInsert`.
  explicit BulkWriter(std::unique_ptr<BulkConnection> connection,
                      const BulkOptions& options = {});

  BulkWriter(BulkWriter&&) noexcept;
  BulkWriter& operator=(BulkWriter&&) noexcept;
  ~BulkWriter();

  // Adds a row, one value for each column of the header. Sends the batch when
  // it is full.
  absl::Status Add(v1::Row row);
  // The same of values, such as `Values(1, "Alice")`.
  absl::Status Add(std::vector<v1::Value> values);

  // Sends rows as one batch, after those that `Add` has gathered. The service
  // takes up to 20 MiB.
  absl::Status Write(v1::Rows rows);

  // Sends what `Add` has gathered. Does not wait for the answer.
  absl::Status Flush();

  // Sends what is left and waits until everything is committed. A second call
  // returns the same.
  absl::StatusOr<BulkProgress> Finish();

  // Ends the stream at once: what is not committed is rolled back.
  void Cancel();

  // How far it has come, as far as is known by now.
  const BulkProgress& progress() const { return connection_->progress(); }

 private:
  // Sends a batch and keeps its failure.
  absl::Status Send(v1::Rows rows);

  std::unique_ptr<BulkConnection> connection_;
  int batch_rows_;
  size_t batch_bytes_;
  v1::Rows batch_;
  size_t bytes_ = 0;
  // Whether `Finish` has succeeded.
  bool done_ = false;
  // Why nothing can be added any more.
  absl::Status status_;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_BULK_WRITER_H_
