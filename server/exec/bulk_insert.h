// The rows of a bulk insert and their transactions.
#ifndef BERTH_SERVER_EXEC_BULK_INSERT_H_
#define BERTH_SERVER_EXEC_BULK_INSERT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "berth/v1/bulk.pb.h"
#include "server/catalog/table.h"
#include "server/exec/caller.h"
#include "server/mariadb/connection.h"
#include "server/runtime/task.h"

namespace berth::exec {

// Stores batches of rows in one transaction, or in one for each batch. After an
// error everything that was not committed is rolled back, and it is of no more
// use. A batch whose rows have several types in a column, or many bytes, is
// executed in several pieces.
class BulkInsert {
 public:
  // `caller` is borrowed; its connection is leased with the first batch.
  explicit BulkInsert(Caller* caller) : caller_(*caller) {}

  // Looks the table up and plans the statement. Fails as an insert does before
  // it runs; field paths begin at the header.
  runtime::Task<absl::Status> Open(const v1::BulkInsertHeader& header);

  // Stores a batch and tells what it did. Fails with INVALID_FIELD before
  // anything of it is sent, and with the errors of an insert. The error of a
  // row has its number on the stream as `row` in its metadata, and its path in
  // the message.
  runtime::Task<absl::Status> Add(const v1::Rows& rows,
                                  v1::BulkInsertResponse* response);

  // Commits what is not committed, and gives the connection back. One that is
  // lost meanwhile is OUTCOME_UNKNOWN.
  runtime::Task<absl::Status> Finish(v1::BulkInsertResponse* response);

  // Undoes what is not committed.
  runtime::Task<void> Rollback();

  // Whether a transaction is open between two batches.
  bool holds_transaction() const { return open_; }
  bool commits_each_batch() const { return each_batch_; }

 private:
  absl::Status CheckRows(const v1::Rows& rows) const;
  runtime::Task<absl::Status> Begin();
  runtime::Task<absl::Status> Commit();
  runtime::Task<absl::Status> Store(const v1::Rows& rows,
                                    v1::BulkInsertResponse* response);
  // Executes rows from `first` on, as many as go at once.
  runtime::Task<mariadb::BatchResult> Execute(const v1::Rows& rows, int first,
                                              int count);
  // Finds the row because of which an execution failed: MariaDB does not say.
  // What the execution did is undone, so that its halves can be tried.
  runtime::Task<absl::Status> FindBadRow(const v1::Rows& rows, int first,
                                         mariadb::BatchResult failed);
  // Whether MariaDB undoes a statement of this table that failed.
  runtime::Task<bool> IsTransactional();
  absl::Status NameRow(const absl::Status& status, int index) const;
  // Adds what is known of the table.
  absl::Status Explain(const absl::Status& status);

  Caller& caller_;
  std::shared_ptr<const catalog::Table> table_;
  std::string sql_;
  int width_ = 0;
  bool each_batch_ = false;
  bool open_ = false;
  // The rows of all batches before.
  uint64_t total_ = 0;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_BULK_INSERT_H_
