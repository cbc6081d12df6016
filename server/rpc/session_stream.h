// A session's messages on a stream of bytes.
#ifndef BERTH_SERVER_RPC_SESSION_STREAM_H_
#define BERTH_SERVER_RPC_SESSION_STREAM_H_

#include "server/rpc/call.h"
#include "server/session/stream.h"

namespace berth::rpc {

class SessionStream final : public session::Stream {
 public:
  explicit SessionStream(ByteStream* bytes) : bytes_(bytes) {}

  runtime::Task<std::optional<std::string>> Read() override {
    return bytes_->Read();
  }
  void StopReading() override { bytes_->StopReading(); }
  runtime::Task<bool> Write(std::string message) override {
    return bytes_->Write(std::move(message));
  }
  void Abort() override { bytes_->Abort(); }

 private:
  ByteStream* bytes_;
};

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_SESSION_STREAM_H_
