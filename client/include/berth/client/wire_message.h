// Messages of an answer as they came, for who reads rows without objects.
#ifndef BERTH_CLIENT_WIRE_MESSAGE_H_
#define BERTH_CLIENT_WIRE_MESSAGE_H_

#include <string>

#include "berth/v1/session.pb.h"

namespace berth::client {

// One message. What may be long in it is not parsed.
struct WireMessage {
  enum class Kind { kOther, kResult, kWrite };

  // All but the payload.
  v1::SessionResponse head;
  // What `payload` is, serialised: a v1::ResultChunk or a v1::WriteResult. With
  // `kOther` it is empty, and the answer is in `head`.
  Kind kind = Kind::kOther;
  std::string payload;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_WIRE_MESSAGE_H_
