// The service berth.v1.Database.
#ifndef BERTH_SERVER_RPC_DATABASE_SERVICE_H_
#define BERTH_SERVER_RPC_DATABASE_SERVICE_H_

#include "server/exec/environment.h"
#include "server/rpc/server.h"

namespace berth::rpc {

// Gives the server the handlers of the data plane. `environment` must outlive
// the server.
void ServeDatabase(const exec::Environment* environment, Server& server);

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_DATABASE_SERVICE_H_
