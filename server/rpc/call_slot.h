// Slots: where calls arrive on a shard.
#ifndef BERTH_SERVER_RPC_CALL_SLOT_H_
#define BERTH_SERVER_RPC_CALL_SLOT_H_

#include <atomic>
#include <optional>

#include "server/auth/policy.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/call.h"
#include "server/rpc/raw_service.h"
#include "server/runtime/shard.h"

namespace berth::rpc {

// A method on one shard: it keeps requests posted to gRPC, each in a slot, and
// serves each call that arrives in the slot where it arrived. It begins with
// one slot and adds another when the last one is taken, so that there are as
// many as calls at once. They wait for further calls, up to a limit.
//
// Few on purpose: Debian's gRPC looks for a tag among all that are outstanding,
// several times a call.
class Method {
 public:
  // At most `kept` slots wait for calls. `live` counts the slots of the server,
  // for its end. `authenticator` tells who calls; without one every caller is
  // `principal`. All is borrowed.
  Method(RawService* service, int index, int kept, runtime::Shard* shard,
         std::atomic<int>* live, Authenticator* authenticator,
         auth::Principal principal);

  void set_unary(UnaryHandler handler) { unary_ = std::move(handler); }
  void set_stream(StreamHandler handler) { stream_ = std::move(handler); }

  // Posts the first slot. On the shard's thread.
  void Start();

 private:
  void AddSlot();
  // Serves one call after the other until the server stops or there are slots
  // enough.
  runtime::Task<void> ServeUnary();
  runtime::Task<void> ServeStream();
  // Sets the principal of a call, unless its credentials are to be verified.
  bool Recognise(const grpc::ServerContext& context, Call& call);
  // A call has arrived in a slot: if it was the last one, another one takes its
  // place.
  void Taken();
  // The call has ended. Whether its slot should wait for the next one.
  bool Back();

  RawService* const service_;
  const int index_;
  const int kept_;
  runtime::Shard* const shard_;
  std::atomic<int>* const live_;
  const std::optional<auth::Permission> permission_;
  Authenticator* const authenticator_;  // Null: everybody is `principal_`.
  const auth::Principal principal_;
  UnaryHandler unary_;
  StreamHandler stream_;
  int posted_ = 0;
};

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_CALL_SLOT_H_
