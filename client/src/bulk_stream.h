// A bulk insert over gRPC.
#ifndef BERTH_CLIENT_SRC_BULK_STREAM_H_
#define BERTH_CLIENT_SRC_BULK_STREAM_H_

#include <grpcpp/channel.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "berth/client/bulk_connection.h"
#include "berth/client/options.h"
#include "client/src/rpc_stream.h"
#include "client/src/status.h"

namespace berth::client::internal {

// Sends batches, and takes their answers while it waits for room.
class BulkStream : public BulkConnection {
 public:
  // Sends `header`, on a connection that stands.
  BulkStream(std::shared_ptr<grpc::Channel> channel,
             const std::string& authorization, v1::BulkInsertHeader header,
             const BulkOptions& options, absl::Duration wait);

  absl::Status Send(v1::Rows rows) override;
  absl::Status Finish() override;
  void Cancel() override { stream_.Cancel(); }
  const BulkProgress& progress() const override { return progress_; }

 private:
  uint64_t unanswered() const {
    return progress_.sent_batches - progress_.stored_batches;
  }
  // Waits until fewer than `limit` batches are without an answer and nothing is
  // being written.
  absl::Status AwaitRoom(uint64_t limit);
  // Handles one event of the stream. Fails if none comes in time.
  absl::Status Pump();
  void OnAnswer();
  // What is lost if the stream ends now.
  Effect EffectNow() const;
  // Why the stream has ended.
  absl::Status EndError() const;

  // Before the stream, which uses them until it is gone.
  v1::BulkInsertRequest request_;
  v1::BulkInsertResponse answer_;
  RpcStream stream_;
  const bool each_batch_;
  const uint64_t batches_in_flight_;
  const std::function<void(const v1::BulkInsertResponse&)> on_answer_;
  const absl::Duration wait_;
  // Whether `finish` was sent.
  bool finishing_ = false;
  // Whether an answer said that everything before it is committed.
  bool committed_ = false;
  BulkProgress progress_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_BULK_STREAM_H_
