// Opens connections.
#ifndef BERTH_SERVER_MARIADB_CONNECTOR_H_
#define BERTH_SERVER_MARIADB_CONNECTOR_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/secret.h"
#include "server/mariadb/connection.h"

// libmariadb's MYSQL, whose header stays within this folder.
struct st_mysql;

namespace berth::mariadb {

// Where MariaDB is, and who connects.
struct ConnectOptions {
  ConnectOptions() = default;

  // Used unless `socket` is set.
  std::string host = "127.0.0.1";
  unsigned int port = 3306;
  // The path of a Unix socket.
  std::string socket;
  std::string user;
  Secret password;
  // The file of the authorities that may have signed the server's certificate.
  // Set: TLS, with the certificate's chain and name checked. Over TCP only.
  std::string tls_ca;
  absl::Duration connect_timeout = absl::Seconds(5);
  // The longest wait of a blocking call for bytes, in whole seconds; zero: no
  // limit. Not for connections that run statements of callers.
  absl::Duration read_timeout;
};

// The statement that puts a session into the state that Berth promises, for
// the server behind `handle`.
std::string ArmStatement(st_mysql* handle);

// Prepares libmariadb for use by threads, and checks its version: those before
// 3.3.4 leak on a failed connect (CONC-622). Once, before anything else.
absl::Status InitializeLibrary();

// Connects and arms the session, with no database chosen. Blocks: for a
// blocking thread only. Fails with DATABASE_UNREACHABLE or
// DATABASE_MISCONFIGURED, also if the server is older than MariaDB 10.6.
absl::StatusOr<std::unique_ptr<Connection>> Connect(
    const ConnectOptions& options);

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_CONNECTOR_H_
