// The composition root: builds, owns and stops everything.
#ifndef BERTH_SERVER_APP_BERTHD_H_
#define BERTH_SERVER_APP_BERTHD_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/app/embedded_mariadb.h"
#include "server/base/clock.h"
#include "server/catalog/registry.h"
#include "server/config/config.h"
#include "server/exec/environment.h"
#include "server/mariadb/connector.h"
#include "server/pool/pool.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/health_service.h"
#include "server/rpc/server.h"
#include "server/runtime/blocking_threads.h"
#include "server/session/sessions.h"

namespace berth::app {

// A running berthd. Start once, then Stop.
class Berthd {
 public:
  // With `embedded` it starts a MariaDB of its own.
  Berthd(config::Config config, bool embedded);
  ~Berthd();

  // Serves when it returns OK. A MariaDB that cannot be reached is no failure:
  // berthd serves, says NOT_SERVING, and recovers by itself.
  absl::Status Start();
  // Where gRPC is served.
  std::string address() const;
  // Lets calls end, then stops everything.
  void Stop();

 private:
  absl::Status StartEmbedded();
  mariadb::ConnectOptions ConnectTo() const;
  void BuildEnvironment();
  void AddServices();

  const config::Config config_;
  const bool embedded_;

  // In the order of construction; used by what comes below.
  std::unique_ptr<EmbeddedMariadb> mariadb_;
  RealClock clock_;
  runtime::BlockingThreads blocking_;
  catalog::Registry registry_;
  std::unique_ptr<pool::Pool> pool_;
  std::unique_ptr<exec::Databases> databases_;
  std::unique_ptr<exec::Killer> killer_;
  exec::Environment environment_;
  std::unique_ptr<session::Sessions> sessions_;
  std::unique_ptr<rpc::Authenticator> authenticator_;  // With a users file.
  std::atomic<bool> stopping_ = false;
  rpc::Health health_;
  std::vector<std::string> service_names_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace berth::app

#endif  // BERTH_SERVER_APP_BERTHD_H_
