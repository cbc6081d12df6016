// What a bulk insert is made of: the place where tests put their own.
#ifndef BERTH_CLIENT_BULK_CONNECTION_H_
#define BERTH_CLIENT_BULK_CONNECTION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "berth/client/export.h"
#include "berth/v1/bulk.pb.h"
#include "berth/v1/value.pb.h"

namespace berth::client {

// How far a bulk insert has come.
struct BulkProgress {
  // The rows and batches that were sent.
  uint64_t sent_rows = 0;
  uint64_t sent_batches = 0;
  // Those that the service has answered: MariaDB has executed them.
  uint64_t stored_rows = 0;
  uint64_t stored_batches = 0;
  // The rows that are known to be committed, the first ones of the stream.
  uint64_t committed_rows = 0;
  // The rows inserted, or changed as `on_conflict` says, as MariaDB counts
  // them, of the answered batches.
  uint64_t affected_rows = 0;
  // The warnings that MariaDB counted for the answered batches.
  uint64_t warning_count = 0;
};

// The exchange of one bulk insert with the service. Programs use `BulkWriter`;
// this interface exists for mocks (`mocks/mock_connection.h`) and for
// decorators.
//
// The destructor of one that has not ended cancels it.
//
// Thread safety: none; used by one thread at a time.
class BERTH_CLIENT_EXPORT BulkConnection {
 public:
  virtual ~BulkConnection() = default;

  // Sends a batch. Waits while too many are without an answer.
  virtual absl::Status Send(v1::Rows rows) = 0;

  // Says that there are no more batches, and waits until everything is
  // answered and committed.
  virtual absl::Status Finish() = 0;

  // Ends the stream without an exchange with the service, which rolls back what
  // is not committed.
  virtual void Cancel() = 0;

  // How far it has come, as far as answers have been received.
  virtual const BulkProgress& progress() const = 0;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_BULK_CONNECTION_H_
