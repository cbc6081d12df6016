// The standard service of server reflection, v1 and v1alpha: with it, tools
// such as grpcurl need no proto files.
//
// gRPC's own library switches itself on when it is linked and brings threads
// of its own.
#ifndef BERTH_SERVER_RPC_REFLECTION_SERVICE_H_
#define BERTH_SERVER_RPC_REFLECTION_SERVICE_H_

#include <string>
#include <vector>

#include "server/rpc/server.h"

namespace berth::rpc {

// Gives the server the handlers of reflection over `services`, full names,
// which must outlive the server.
void ServeReflection(const std::vector<std::string>* services, Server& server);

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_REFLECTION_SERVICE_H_
