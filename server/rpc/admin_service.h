// The service berth.v1.Admin.
#ifndef BERTH_SERVER_RPC_ADMIN_SERVICE_H_
#define BERTH_SERVER_RPC_ADMIN_SERVICE_H_

#include "server/exec/environment.h"
#include "server/rpc/server.h"

namespace berth::rpc {

// Gives the server the handlers that tell about it. `environment` must outlive
// the server.
void ServeAdmin(const exec::Environment* environment, Server& server);

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_ADMIN_SERVICE_H_
