// A stream whose caller does the work of the network.
#ifndef BERTH_CLIENT_SRC_PUMPED_STREAM_H_
#define BERTH_CLIENT_SRC_PUMPED_STREAM_H_

#include "client/src/message_stream.h"

namespace berth::client::internal {

// Owns a completion queue that only its caller pumps, so an answer wakes no
// other thread.
class PumpedStream : public MessageStream {
 public:
  PumpedStream(std::shared_ptr<grpc::Channel> channel,
               const std::string& authorization);
  PumpedStream(const PumpedStream&) = delete;
  PumpedStream& operator=(const PumpedStream&) = delete;
  // Cancels. The queue drains without the network: a cancel completes every
  // pending operation on this side.
  ~PumpedStream() override;

  bool CanWrite() override { return !write_in_flight_; }
  void Write(const v1::SessionRequest& request, bool more_follows) override;
  Event Next(absl::Time deadline, WireMessage* message) override;
  bool Ending() override { return finishing_; }
  const grpc::Status& end_status() const override { return end_status_; }
  void Cancel() override;

 private:
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<GrpcStream> stream_;
  bool started_ = false;
  bool write_in_flight_ = false;
  bool finishing_ = false;
  bool ended_ = false;
  grpc::Status end_status_;
  grpc::ByteBuffer incoming_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_PUMPED_STREAM_H_
