#include "server/rpc/stream_handlers.h"

#include <string>
#include <utility>

#include "berth/v1/database.pb.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/exec/chunk_writer.h"
#include "server/exec/streaming_encoder.h"
#include "server/exec/verbs.h"
#include "server/exec/wire.h"
#include "server/rpc/make_caller.h"
#include "server/rpc/request_options.h"
#include "server/rpc/response_info.h"
#include "server/rpc/typed_handler.h"

namespace berth::rpc {
namespace {

using runtime::Task;

// Writes SelectChunks; `info` goes with the first.
class SelectChunks final : public exec::ChunkWriter {
 public:
  explicit SelectChunks(ByteStream* bytes) : bytes_(bytes) {}

  Task<bool> WriteChunk(std::string chunk, bool /*more*/) override {
    const absl::string_view info = std::exchange(info_, absl::string_view());
    std::string message;
    message.reserve(info.size() + chunk.size() + 6);
    message.append(info.data(), info.size());
    exec::wire::AppendBytes(
        message, exec::wire::LengthTag(v1::SelectChunk::kResultFieldNumber),
        chunk);
    return bytes_->Write(std::move(message));
  }

 private:
  ByteStream* const bytes_;
  absl::string_view info_ = InfoBytes();
};

// The caller of a stream holds its connection as long as the client likes, as
// a session does.
template <typename Request>
absl::StatusOr<exec::Caller> StreamCaller(const exec::Environment* environment,
                                          Call& call, const Request& request) {
  ASSIGN_OR_RETURN(exec::Caller caller, CallerOf(environment, call, request));
  caller.kind = pool::LeaseKind::kSession;
  return caller;
}

}  // namespace

Task<absl::Status> SelectStream(const exec::Environment* environment,
                                Call& call, ByteStream& bytes) {
  CO_ASSIGN_OR_RETURN(v1::SelectRequest request,
                      co_await ReadRequest<v1::SelectRequest>(bytes));
  if (!request.has_select()) co_return Missing("select");
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      StreamCaller(environment, call, request));
  SelectChunks chunks(&bytes);
  exec::StreamingEncoder encoder(&caller, &chunks, request.select().max_rows());
  const absl::Status status =
      co_await exec::Select(caller, request.select(), encoder);
  co_return errors::WithFieldPrefix(status, "select.");
}

Task<absl::Status> ExecuteStream(const exec::Environment* environment,
                                 Call& call, ByteStream& bytes) {
  CO_ASSIGN_OR_RETURN(v1::ExecuteRequest request,
                      co_await ReadRequest<v1::ExecuteRequest>(bytes));
  if (!request.has_statement()) co_return Missing("statement");
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      StreamCaller(environment, call, request));
  SelectChunks chunks(&bytes);
  exec::StreamingEncoder encoder(&caller, &chunks, /*max_rows=*/0);
  const absl::Status status =
      co_await exec::Execute(caller, request.statement(), encoder);
  co_return errors::WithFieldPrefix(status, "statement.");
}

}  // namespace berth::rpc
