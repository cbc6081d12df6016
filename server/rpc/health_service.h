// The standard service grpc.health.v1.Health.
//
// gRPC's own would be a second polling queue in the process, which halves the
// throughput of all others.
#ifndef BERTH_SERVER_RPC_HEALTH_SERVICE_H_
#define BERTH_SERVER_RPC_HEALTH_SERVICE_H_

#include <functional>
#include <string>
#include <vector>

#include "server/rpc/server.h"

namespace berth::rpc {

// What health is asked about.
struct Health {
  Health() = default;

  // Whether calls are served: MariaDB can be reached and the server does not
  // stop. Called on shards.
  std::function<bool()> serving;
  // The services that are known by name, beside the empty one.
  std::vector<std::string> services;
};

// Gives the server the handlers of health. `health` must outlive the server.
void ServeHealth(const Health* health, Server& server);

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_HEALTH_SERVICE_H_
