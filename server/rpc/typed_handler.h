// Handlers of messages, as handlers of bytes.
#ifndef BERTH_SERVER_RPC_TYPED_HANDLER_H_
#define BERTH_SERVER_RPC_TYPED_HANDLER_H_

#include <google/protobuf/arena.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/rpc/call.h"

namespace berth::rpc {

// INVALID_FIELD: the bytes are no message of the method's type.
inline absl::Status Unreadable(absl::string_view type) {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message(absl::StrCat("the request is no valid ", type));
}

// The first message of a stream. INVALID_FIELD if there is none or it is not of
// this type.
template <typename Request>
runtime::Task<absl::StatusOr<Request>> ReadRequest(ByteStream& bytes) {
  const std::optional<std::string> message = co_await bytes.Read();
  Request request;
  if (!message.has_value() || !request.ParseFromString(*message)) {
    co_return Unreadable(Request::descriptor()->full_name());
  }
  co_return std::move(request);
}

// Parses requests on an arena that lives as long as the call, most of them
// without an allocation.
//
// `Fn` is a function (Call&, const Request&, std::string* response) that
// returns Task<absl::Status>; the request may be changed, it is the call's own.
template <typename Request, typename Fn>
UnaryHandler TypedHandler(Fn fn) {
  return [fn = std::move(fn)](
             Call& call, absl::string_view bytes,
             std::string* response) -> runtime::Task<absl::Status> {
    // Of a type that is aligned by itself: g++ 12 forgets alignas within a
    // coroutine's frame.
    uint64_t block[128];
    google::protobuf::Arena arena(reinterpret_cast<char*>(block),
                                  sizeof(block));
    auto* request = google::protobuf::Arena::CreateMessage<Request>(&arena);
    if (!request->ParseFromArray(bytes.data(),
                                 static_cast<int>(bytes.size()))) {
      co_return Unreadable(Request::descriptor()->full_name());
    }
    co_return co_await fn(call, *request, response);
  };
}

// The same for a function that also needs `context`, which outlives the server.
template <typename Context, typename Request>
UnaryHandler TypedHandler(const Context* context,
                          runtime::Task<absl::Status> (*fn)(const Context*,
                                                            Call&, Request&,
                                                            std::string*)) {
  return TypedHandler<Request>(
      [context, fn](Call& call, Request& request, std::string* response) {
        return fn(context, call, request, response);
      });
}

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_TYPED_HANDLER_H_
