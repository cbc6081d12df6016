#include "server/app/berthd.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/v1/admin.pb.h"
#include "berth/v1/database.pb.h"
#include "berth/v1/schema.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "server/auth/users.h"
#include "server/base/log.h"
#include "server/base/status_macros.h"
#include "server/rpc/admin_service.h"
#include "server/rpc/database_service.h"
#include "server/rpc/reflection_service.h"
#include "server/rpc/schema_service.h"

namespace berth::app {
namespace {

// Connecting, DDL, KILL and closing; more of these at once only wait for the
// same server.
constexpr int kBlockingThreads = 8;
// How long MariaDB may take to answer a KILL before the statement's connection
// is cut.
constexpr absl::Duration kKillTimeout = absl::Seconds(2);
// How long the start waits for MariaDB before it goes on without.
constexpr absl::Duration kPatience = absl::Seconds(1);
// How long calls may take to end when berthd stops, and then the pool.
constexpr absl::Duration kGrace = absl::Seconds(5);
constexpr absl::Duration kPoolGrace = absl::Seconds(3);

const google::protobuf::ServiceDescriptor* FindService(
    const google::protobuf::FileDescriptor* file) {
  return file->service(0);
}

}  // namespace

Berthd::Berthd(config::Config config, bool embedded)
    : config_(std::move(config)),
      embedded_(embedded),
      blocking_(kBlockingThreads) {}

Berthd::~Berthd() = default;

absl::Status Berthd::StartEmbedded() {
  EmbeddedOptions options;
  options.data_dir = config_.embedded.data_dir;
  options.log = [](absl::string_view line) { log::Info(line); };
  ASSIGN_OR_RETURN(mariadb_, EmbeddedMariadb::Start(std::move(options)));
  return absl::OkStatus();
}

mariadb::ConnectOptions Berthd::ConnectTo() const {
  mariadb::ConnectOptions options;
  options.connect_timeout = config_.mariadb.connect_timeout;
  if (mariadb_ != nullptr) {
    options.socket = mariadb_->socket();
    options.user = mariadb_->user();
    options.password = mariadb_->password();
    return options;
  }
  options.host = config_.mariadb.host;
  options.port = static_cast<unsigned int>(config_.mariadb.port);
  options.socket = config_.mariadb.socket;
  options.user = config_.mariadb.user;
  options.password = config_.mariadb.password;
  if (config_.mariadb.tls) options.tls_ca = config_.mariadb.tls_ca;
  return options;
}

void Berthd::BuildEnvironment() {
  pool::PoolOptions options;
  options.max_size = static_cast<int>(config_.pool.max_size);
  options.min_idle = static_cast<int>(config_.pool.min_idle);
  options.idle_timeout = config_.pool.idle_timeout;
  options.max_lifetime = config_.pool.max_lifetime;
  options.acquire_timeout = config_.pool.acquire_timeout;
  options.queue_length = static_cast<size_t>(config_.pool.queue_length);
  pool::ConnectFunction connect = [to = ConnectTo()] {
    return mariadb::Connect(to);
  };
  mariadb::ConnectOptions for_kills = ConnectTo();
  for_kills.read_timeout = kKillTimeout;
  pool_ = std::make_unique<pool::Pool>(options, connect, &blocking_, &clock_);
  databases_ = std::make_unique<exec::Databases>(config_.databases,
                                                 /*any_name=*/embedded_);
  killer_ = std::make_unique<exec::Killer>(
      [for_kills] { return mariadb::Connect(for_kills); }, &blocking_);
  environment_.pool = pool_.get();
  environment_.registry = &registry_;
  environment_.databases = databases_.get();
  environment_.killer = killer_.get();
  environment_.unary_rows = static_cast<uint64_t>(config_.limits.unary_rows);
  session::SessionOptions sessions;
  sessions.pipeline_depth = static_cast<size_t>(config_.session.pipeline_depth);
  sessions.half_close_grace = config_.session.half_close_grace;
  sessions.limits.transaction_idle = config_.session.transaction_idle;
  sessions.limits.transaction_time = config_.session.transaction_time;
  sessions.limits.lease_idle = config_.session.lease_idle;
  sessions.limits.lease_age = config_.session.lease_age;
  sessions.limits.idle_when_wanted = config_.session.idle_when_wanted;
  sessions.limits.notice = config_.session.notice;
  sessions_ = std::make_unique<session::Sessions>(sessions);
  environment_.unary_bytes = static_cast<size_t>(config_.limits.unary_bytes);
}

void Berthd::AddServices() {
  std::vector<const google::protobuf::ServiceDescriptor*> services = {
      FindService(v1::SelectRequest::descriptor()->file()),
      FindService(v1::RegisterRequest::descriptor()->file()),
      FindService(v1::GetPoolStatsRequest::descriptor()->file()),
      FindService(grpc::health::v1::HealthCheckRequest::descriptor()->file()),
  };
  rpc::ServeDatabase(&environment_, sessions_.get(), *server_);
  rpc::ServeSchemaRegistry(&environment_, *server_);
  rpc::ServeAdmin(&environment_, *server_);
  rpc::ServeHealth(&health_, *server_);
  if (config_.reflection) {
    services.push_back(FindService(
        grpc::reflection::v1::ServerReflectionRequest::descriptor()->file()));
    services.push_back(FindService(
        grpc::reflection::v1alpha::ServerReflectionRequest::descriptor()
            ->file()));
    rpc::ServeReflection(&service_names_, *server_);
  }
  for (const auto* service : services) {
    server_->AddService(service);
    service_names_.push_back(std::string(service->full_name()));
  }
  health_.services = service_names_;
  health_.serving = [this] {
    return !stopping_ && pool_->LastConnectError().ok() &&
           !pool_->ServerVersion().empty();
  };
}

absl::Status Berthd::Start() {
  RETURN_IF_ERROR(mariadb::InitializeLibrary());
  if (embedded_) RETURN_IF_ERROR(StartEmbedded());
  BuildEnvironment();
  if (const absl::Status reached = pool_->Start(kPatience); !reached.ok()) {
    log::Warn(absl::StrCat("not ready: ", std::string(reached.message())));
  }
  rpc::ServerOptions options;
  options.listen = config_.listen;
  options.principal.where_level = auth::WhereLevelOf(config_.security.where)
                                      .value_or(auth::WhereLevel::kRaw);
  if (!config_.security.users.empty()) {
    authenticator_ = std::make_unique<rpc::Authenticator>(
        [users = std::make_shared<auth::Users>(config_.security.users)](
            const auth::Credentials& credentials) {
          return users->Verify(credentials);
        },
        &clock_);
    options.authenticator = authenticator_.get();
  }
  server_ = std::make_unique<rpc::Server>(options, &blocking_);
  AddServices();
  RETURN_IF_ERROR(server_->Start());
  server_->Every(absl::Seconds(1), [this] { pool_->Tick(); });
  return absl::OkStatus();
}

std::string Berthd::address() const {
  // The port may have been chosen by the system.
  const size_t colon = config_.listen.rfind(':');
  if (config_.listen.rfind("unix:", 0) == 0 || colon == std::string::npos) {
    return config_.listen;
  }
  return absl::StrCat(config_.listen.substr(0, colon + 1), server_->port());
}

void Berthd::Stop() {
  stopping_ = true;
  if (server_ != nullptr) {
    sessions_->Drain(kGrace);
    server_->Shutdown(kGrace);
    pool_->Close();
    // Connections that are being reset finish on the shards.
    const absl::Time latest = absl::Now() + kPoolGrace;
    while (pool_->Stats().in_use > 0 && absl::Now() < latest) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    server_->StopShards();
    pool_->Close();
  }
  blocking_.Stop();
  if (authenticator_ != nullptr) authenticator_->Stop();
  if (server_ != nullptr) server_->Drain();
  if (mariadb_ != nullptr) mariadb_->Stop();
}

}  // namespace berth::app
