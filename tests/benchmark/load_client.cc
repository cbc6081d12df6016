// The load of the suite: point selects over gRPC, N in flight over C
// connections, one thread. `--interval-us` paces one call after the other on a
// schedule instead; `--execute` runs one statement and tells its time.
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/async_unary_call.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "berth/v1/database.pb.h"
#include "tests/benchmark/latency.h"
#include "tests/benchmark/point_calls.h"

namespace berth::benchmark {
namespace {

using grpc::internal::ClientAsyncResponseReaderHelper;
using grpc::internal::RpcMethod;

// How long calls in flight may take after the end before they count as lost.
constexpr auto kDrain = std::chrono::seconds(15);

// A connection of its own: by default gRPC shares one among equal channels.
std::shared_ptr<grpc::Channel> Connect(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  auto channel = grpc::CreateCustomChannel(
      target, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() +
                                 std::chrono::seconds(10))) {
    std::fprintf(stderr, "cannot connect to %s\n", target.c_str());
    std::exit(1);
  }
  return channel;
}

// Registers the method with the channel, as a generated stub does.
struct Connection {
  explicit Connection(const std::string& target)
      : channel(Connect(target)),
        select("/berth.v1.Database/Select", RpcMethod::NORMAL_RPC, channel) {}
  std::shared_ptr<grpc::Channel> channel;
  RpcMethod select;
};

// A place for one call at a time.
struct Slot {
  struct Rpc {
    grpc::ClientContext context;
    grpc::ByteBuffer reply;
    grpc::Status status;
  };
  std::optional<Rpc> rpc;
  Connection* connection;
  const PointCalls::Request* request;
  Clock::time_point started;
};

class LoadClient {
 public:
  LoadClient(const std::string& target, int connections, int in_flight,
             int rows)
      : calls_(rows) {
    for (int i = 0; i < connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(target));
    }
    for (int i = 0; i < in_flight; ++i) {
      slots_.push_back(std::make_unique<Slot>());
      slots_.back()->connection = connections_[i % connections].get();
      free_.push_back(slots_.back().get());
    }
  }

  // Keeps every slot busy; or, with an interval, begins a call at each of its
  // multiples. A call that is late for want of a slot counts from when it was
  // due; late by the client's own timer, a millisecond, it does not.
  void Run(Measurement& measurement, Clock::duration interval) {
    const bool paced = interval.count() > 0;
    Clock::time_point next = Clock::now();
    bool was_full = false;
    while (!measurement.Over(Clock::now())) {
      while (!free_.empty() && (!paced || next <= Clock::now())) {
        Begin(paced && was_full ? next : Clock::now());
        next += interval;
      }
      was_full = free_.empty();
      Wait(measurement,
           paced && !was_full ? next : Clock::now() + std::chrono::seconds(1));
    }
    while (free_.size() < slots_.size()) {
      if (Clock::now() > measurement.end() + kDrain) {
        measurement.AddError("a call that was never answered");
        return;
      }
      Wait(measurement, Clock::now() + std::chrono::seconds(1));
    }
  }

 private:
  void Begin(Clock::time_point started) {
    Slot& slot = *free_.back();
    free_.pop_back();
    slot.rpc.emplace();
    slot.request = &calls_.Next();
    slot.started = started;
    auto* reader = ClientAsyncResponseReaderHelper::Create<grpc::ByteBuffer>(
        slot.connection->channel.get(), &queue_, slot.connection->select,
        &slot.rpc->context, slot.request->bytes);
    reader->StartCall();
    reader->Finish(&slot.rpc->reply, &slot.rpc->status, &slot);
  }

  void Wait(Measurement& measurement, Clock::time_point until) {
    void* tag;
    bool ok;
    const auto deadline = std::chrono::system_clock::now() +
                          std::chrono::duration_cast<std::chrono::microseconds>(
                              until - Clock::now());
    if (queue_.AsyncNext(&tag, &ok, deadline) !=
        grpc::CompletionQueue::GOT_EVENT) {
      return;
    }
    Slot& slot = *static_cast<Slot*>(tag);
    std::string error = slot.rpc->status.ok()
                            ? calls_.Check(*slot.request, slot.rpc->reply)
                            : slot.rpc->status.error_message();
    if (!slot.rpc->status.ok() && error.empty()) error = "a bare status";
    if (error.empty()) {
      measurement.Add(slot.started, Clock::now());
    } else {
      measurement.AddError(error);
    }
    free_.push_back(&slot);
  }

  PointCalls calls_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
};

// Runs one statement through Execute and prints how long it took.
int Execute(const std::string& target, const std::string& sql) {
  v1::ExecuteRequest request;
  request.mutable_statement()->set_sql(sql);
  Connection connection(target);
  const RpcMethod method("/berth.v1.Database/Execute", RpcMethod::NORMAL_RPC,
                         connection.channel);
  grpc::ClientContext context;
  v1::ExecuteResponse response;
  const auto started = Clock::now();
  const grpc::Status status =
      grpc::internal::BlockingUnaryCall<v1::ExecuteRequest,
                                        v1::ExecuteResponse>(
          connection.channel.get(), method, &context, request, &response);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.error_message().c_str());
    return 1;
  }
  std::printf("{\"seconds\": %.6f}\n",
              std::chrono::duration<double>(Clock::now() - started).count());
  return 0;
}

}  // namespace
}  // namespace berth::benchmark

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::string target;
  std::string execute;
  int connections = 1;
  int in_flight = 16;
  int rows = 100'000;
  int interval_us = 0;
  double seconds = 5;
  double warmup = 1;
  CLI::App app("The load client of the benchmark suite.");
  app.add_option("--target", target)->required();
  app.add_option("--connections", connections);
  app.add_option("--in-flight", in_flight);
  app.add_option("--rows", rows, "Ids run from 1 to this.");
  app.add_option("--interval-us", interval_us);
  app.add_option("--seconds", seconds);
  app.add_option("--warmup", warmup);
  app.add_option("--execute", execute);
  CLI11_PARSE(app, argc, argv);
  if (!execute.empty()) return berth::benchmark::Execute(target, execute);

  berth::benchmark::LoadClient client(target, connections, in_flight, rows);
  berth::benchmark::Measurement measurement(warmup, seconds);
  client.Run(measurement, std::chrono::microseconds(interval_us));
  measurement.Print();
  std::fflush(stdout);
  // The queue of a call that was never answered cannot be shut down.
  std::quick_exit(0);
}
