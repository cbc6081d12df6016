// The service berth.v1.Database.
#ifndef BERTH_SERVER_RPC_DATABASE_SERVICE_H_
#define BERTH_SERVER_RPC_DATABASE_SERVICE_H_

#include "server/exec/environment.h"
#include "server/rpc/server.h"
#include "server/session/sessions.h"

namespace berth::rpc {

// Gives the server the handlers of the data plane. `environment` and `sessions`
// must outlive the server.
void ServeDatabase(const exec::Environment* environment,
                   session::Sessions* sessions, Server& server);

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_DATABASE_SERVICE_H_
