#include "client/src/channel.h"

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "client/src/blocked_signals.h"
#include "client/src/status.h"

namespace berth::client::internal {
namespace {

constexpr int kMaxReceiveBytes = 64 << 20;

// The channels in use, weakly: a connection closes with its last client.
struct Cache {
  // gRPC stays up for the life of the process: shutting it down from a static
  // destructor, or when an interpreter unloads us, races with its threads.
  Cache() { grpc_init(); }

  absl::Mutex mu;
  std::map<std::string, std::weak_ptr<grpc::Channel>> channels
      ABSL_GUARDED_BY(mu);
};

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments args;
  // Nothing is sent twice behind the caller's back; saves buffers, too.
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  args.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // Data of a database does not go through a proxy meant for the Web.
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // What is read ahead of the caller: so much for a stream, and no more where
  // the network is fast. Left to itself gRPC takes 80 MiB and above.
  args.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  args.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1 << 20);
  // A restarted service is found again within a second, not within two minutes.
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  args.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  return args;
}

bool IsLocal(absl::string_view endpoint) {
  return absl::StartsWith(endpoint, "unix:") ||
         absl::StartsWith(endpoint, "localhost:") ||
         absl::StartsWith(endpoint, "127.") ||
         absl::StartsWith(endpoint, "[::1]:");
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> SharedChannel(
    absl::string_view endpoint, const Options& options) {
  if (endpoint.empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, kInvalidField,
                     "the endpoint is empty", Outcome::kNotDone, Retry::kNever);
  }
  if (options.plaintext == Plaintext::kLoopbackOnly && !IsLocal(endpoint)) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, kInsecureEndpoint,
        absl::StrCat("the connection to ", endpoint,
                     " would not be encrypted; use a loopback address or a "
                     "Unix socket, or allow plaintext anywhere"),
        Outcome::kNotDone, Retry::kNever);
  }
  if (absl::StrContains(options.user, ':')) {
    return MakeError(absl::StatusCode::kInvalidArgument, kInvalidField,
                     "a user's name cannot hold a colon", Outcome::kNotDone,
                     Retry::kNever);
  }
  BlockedSignals blocked;
  static Cache* const cache = new Cache;  // never destroyed, see Cache
  absl::MutexLock lock(&cache->mu);
  std::weak_ptr<grpc::Channel>& entry =
      cache->channels[absl::StrCat("insecure ", endpoint)];
  std::shared_ptr<grpc::Channel> channel = entry.lock();
  if (channel == nullptr) {
    channel = grpc::CreateCustomChannel(
        std::string(endpoint), grpc::InsecureChannelCredentials(), Arguments());
    entry = channel;
  }
  return channel;
}

std::string Authorization(const Options& options) {
  if (options.user.empty()) return {};
  return absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(
                                    options.user, ":", options.password)));
}

}  // namespace berth::client::internal
