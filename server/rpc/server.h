// The gRPC server: its shards, its settings, and its end.
#ifndef BERTH_SERVER_RPC_SERVER_H_
#define BERTH_SERVER_RPC_SERVER_H_

#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/auth/principal.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/call.h"
#include "server/rpc/call_slot.h"
#include "server/rpc/raw_service.h"
#include "server/runtime/blocking_threads.h"
#include "server/runtime/shard.h"
#include "server/runtime/watcher.h"

namespace berth::rpc {

struct ServerOptions {
  ServerOptions() = default;

  // Such as `127.0.0.1:7390`; port 0 takes a free one.
  std::string listen;
  // Shards of this process. gRPC's default poller serves one completion queue
  // per process well and several badly.
  int shards = 1;
  // Tells who calls, borrowed; null: every caller is `principal`.
  Authenticator* authenticator = nullptr;
  auth::Principal principal;
};

// Serves handlers on shards. Handle first, then Start, then Stop.
class Server {
 public:
  // `blocking` outlives the server; it is to be stopped before Drain.
  Server(ServerOptions options, runtime::BlockingThreads* blocking);
  ~Server();

  // Offers a service; each of its methods needs a handler.
  void AddService(const google::protobuf::ServiceDescriptor* descriptor);
  void Handle(const std::string& path, UnaryHandler handler);
  void HandleStream(const std::string& path, StreamHandler handler);

  // Listens and serves on threads of its own. Fails if the address cannot be
  // had.
  absl::Status Start();
  // The port that is served.
  int port() const { return port_; }

  // Calls `fn` on a shard again and again, until the shards stop. After Start.
  void Every(absl::Duration interval, std::function<void()> fn);

  // The end, in three steps. First: refuses new calls, lets running ones end
  // until the time is over, and cancels the rest.
  void Shutdown(absl::Duration grace);
  // Then, when nothing is left to do on the shards: ends their threads.
  void StopShards();
  // At last, when the blocking threads, whose results come to the shards, have
  // stopped too: releases the queues.
  void Drain();

 private:
  static void Repeat(runtime::Shard* shard, absl::Duration interval,
                     std::function<void()> fn);
  // Makes the methods of one shard and starts them on its thread.
  void AddMethods(runtime::Shard* shard);

  const ServerOptions options_;
  runtime::BlockingThreads* const blocking_;
  std::vector<std::unique_ptr<RawService>> services_;
  std::map<std::string, UnaryHandler> unary_;
  std::map<std::string, StreamHandler> streams_;
  std::atomic<int> live_slots_ = 0;
  int port_ = 0;

  runtime::Watcher watcher_;
  std::vector<std::unique_ptr<runtime::Shard>> shards_;
  std::vector<std::unique_ptr<Method>> methods_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::thread> threads_;
};

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_SERVER_H_
