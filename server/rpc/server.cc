#include "server/rpc/server.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "server/base/limits.h"

namespace berth::rpc {
namespace {

// The most slots that wait for calls, for each method and shard.
constexpr int kUnarySlots = 64;
constexpr int kStreamSlots = 16;

// What gRPC 1.51 needs to be told: a compressed message of 1.5 MB may unfold to
// gigabytes before any limit applies, a silent client may hold a handshake for
// two minutes, and without keepalive a dead client pins its connection for
// hours.
void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(limits::kMessageBytes);
  builder.SetMaxSendMessageSize(-1);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  // What is refused needs no filter, which every call would pass.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  // Counts calls for a service that is not offered.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 1000);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8192);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 5000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Two processes that share a port by accident would hide a failed restart.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

}  // namespace

Server::Server(ServerOptions options, runtime::BlockingThreads* blocking)
    : options_(std::move(options)), blocking_(blocking) {
  // gRPC locks with abseil, whose build in Debian looks for deadlocks at every
  // lock unless told not to.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

Server::~Server() = default;

void Server::AddService(const google::protobuf::ServiceDescriptor* descriptor) {
  services_.push_back(std::make_unique<RawService>(descriptor));
}

void Server::Handle(const std::string& path, UnaryHandler handler) {
  unary_[path] = std::move(handler);
}

void Server::HandleStream(const std::string& path, StreamHandler handler) {
  streams_[path] = std::move(handler);
}

absl::Status Server::Start() {
  for (const auto& service : services_) {
    for (int i = 0; i < service->method_count(); ++i) {
      const bool known = service->is_stream(i)
                             ? streams_.count(service->path(i)) > 0
                             : unary_.count(service->path(i)) > 0;
      if (!known) {
        return absl::InternalError(
            absl::StrCat("no handler for ", service->path(i)));
      }
    }
  }
  grpc::ServerBuilder builder;
  SetLimits(builder);
  builder.AddListeningPort(options_.listen, grpc::InsecureServerCredentials(),
                           &port_);
  for (const auto& service : services_) {
    builder.RegisterService(service.get());
  }
  for (int i = 0; i < options_.shards; ++i) {
    shards_.push_back(std::make_unique<runtime::Shard>(
        builder.AddCompletionQueue(), &watcher_, blocking_));
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    watcher_.Stop();
    Drain();
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options_.listen,
                     ": the port is taken or the address is not this "
                     "machine's"));
  }
  for (auto& shard : shards_) AddMethods(shard.get());
  for (auto& shard : shards_) {
    threads_.emplace_back([shard = shard.get()] { shard->Run(); });
  }
  return absl::OkStatus();
}

void Server::AddMethods(runtime::Shard* shard) {
  for (const auto& service : services_) {
    for (int i = 0; i < service->method_count(); ++i) {
      const bool stream = service->is_stream(i);
      auto method = std::make_unique<Method>(
          service.get(), i, stream ? kStreamSlots : kUnarySlots, shard,
          &live_slots_, options_.authenticator, options_.principal);
      if (stream) {
        method->set_stream(streams_[service->path(i)]);
      } else {
        method->set_unary(unary_[service->path(i)]);
      }
      shard->Post([method = method.get()] { method->Start(); });
      methods_.push_back(std::move(method));
    }
  }
}

void Server::Repeat(runtime::Shard* shard, absl::Duration interval,
                    std::function<void()> fn) {
  shard->timers().Add(
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(interval),
      [shard, interval, fn = std::move(fn)]() mutable {
        fn();
        Repeat(shard, interval, std::move(fn));
      });
}

void Server::Every(absl::Duration interval, std::function<void()> fn) {
  runtime::Shard* shard = shards_.front().get();
  shard->Post([shard, interval, fn = std::move(fn)]() mutable {
    Repeat(shard, interval, std::move(fn));
  });
}

void Server::Shutdown(absl::Duration grace) {
  if (server_ == nullptr) return;
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  // Every call has its status; what is left are the slots' last steps.
  while (live_slots_.load(std::memory_order_acquire) > 0) {
    absl::SleepFor(absl::Milliseconds(1));
  }
}

void Server::StopShards() {
  watcher_.Stop();
  for (auto& shard : shards_) shard->Stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Server::Drain() {
  for (auto& shard : shards_) shard->Drain();
  shards_.clear();
  methods_.clear();
}

}  // namespace berth::rpc
