// Reading and making WireMessages.
#ifndef BERTH_CLIENT_SRC_WIRE_H_
#define BERTH_CLIENT_SRC_WIRE_H_

#include <grpcpp/support/byte_buffer.h>

#include "absl/strings/string_view.h"
#include "berth/client/wire_message.h"
#include "berth/v1/session.pb.h"

namespace berth::client::internal {

// Reads a serialised v1::SessionResponse. False if it is none.
bool ReadWireMessage(absl::string_view bytes, WireMessage* message);
bool ReadWireMessage(const grpc::ByteBuffer& bytes, WireMessage* message);

// The other way round: moves the payload out of the head, or back. A payload
// that is no message of its kind is left out.
WireMessage ToWire(v1::SessionResponse response);
v1::SessionResponse FromWire(WireMessage message);

// Whether the last value of the message's result goes on in the next message.
bool LastCellContinues(const WireMessage& message);

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_WIRE_H_
