#include "server/mariadb/connector.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/mariadb/client_connection.h"
#include "server/mariadb/mariadb_include.h"

namespace berth::mariadb {
namespace {

using errors::Error;

// Libraries before this one leak on a failed connect (CONC-622).
constexpr unsigned long kOldestLibrary = 30304;
constexpr unsigned long kOldestServer = 100600;

// The server's version as a number, such as 101106 for 10.11.6. MariaDB 10
// and 11 may call themselves 5.5.5-10.11.6; the library strips that.
unsigned long ServerVersion(MYSQL* handle) {
  return mysql_get_server_version(handle);
}

// innodb_snapshot_isolation came with 10.6.18, 10.11.8, 11.0.6, 11.1.5,
// 11.2.4, 11.4.2 and every later series.
bool HasSnapshotIsolation(unsigned long version) {
  const unsigned long series = version / 100;
  const unsigned long patch = version % 100;
  switch (series) {
    case 1006:
      return patch >= 18;
    case 1011:
      return patch >= 8;
    case 1100:
      return patch >= 6;
    case 1101:
      return patch >= 5;
    case 1102:
      return patch >= 4;
    case 1104:
      return patch >= 2;
    default:
      return series > 1102;
  }
}

// Notices a dead server within half a minute instead of hours.
void SetKeepalive(int fd) {
  const int on = 1;
  const int idle_seconds = 15;
  const int interval_seconds = 5;
  const int probes = 3;
  const unsigned int user_timeout_ms = 30'000;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds,
             sizeof(idle_seconds));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds,
             sizeof(interval_seconds));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms,
             sizeof(user_timeout_ms));
}

void SetOptions(MYSQL* handle, const ConnectOptions& options) {
  mysql_options(handle, MYSQL_OPT_NONBLOCK, nullptr);
  mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const unsigned int off = 0;
  const my_bool no = 0;
  // A server could otherwise ask for any file of this machine.
  mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &off);
  // A silent reconnect would repeat a statement and lose the session.
  mysql_options(handle, MYSQL_OPT_RECONNECT, &no);
  const unsigned int seconds = static_cast<unsigned int>(
      absl::ToInt64Seconds(options.connect_timeout) + 1);
  mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  if (options.read_timeout > absl::ZeroDuration()) {
    const unsigned int limit =
        static_cast<unsigned int>(absl::ToInt64Seconds(options.read_timeout));
    mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &limit);
  }
  // Rows of any size; the service's own limits come later.
  const unsigned long packet = 1024UL * 1024 * 1024;
  mysql_options(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
  // A man in the middle must not talk the client into a clear-text password.
  mysql_optionsv(handle, MARIADB_OPT_RESTRICTED_AUTH,
                 "mysql_native_password,client_ed25519,caching_sha2_password,"
                 "auth_gssapi_client");
  mysql_optionsv(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "berthd");
}

// MYSQL_OPT_SSL_ENFORCE alone would take any certificate, and fall back to
// plain text in silence.
void SetTls(MYSQL* handle, const std::string& ca) {
  const my_bool yes = 1;
  mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
  mysql_options(handle, MYSQL_OPT_SSL_CA, ca.c_str());
  mysql_optionsv(handle, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
}

absl::Status LastError(MYSQL* handle) {
  return ConnectError(DatabaseError(mysql_errno(handle), mysql_sqlstate(handle),
                                    mysql_error(handle)));
}

}  // namespace

std::string ArmStatement(MYSQL* handle) {
  std::string sql =
      "SET SESSION wait_timeout=28800, idle_transaction_timeout=75, "
      "net_write_timeout=120, "
      "session_track_state_change=ON, "
      "tx_isolation='REPEATABLE-READ'";
  if (HasSnapshotIsolation(ServerVersion(handle))) {
    absl::StrAppend(&sql, ", innodb_snapshot_isolation=ON");
  }
  return sql;
}

absl::Status InitializeLibrary() {
  if (mysql_get_client_version() < kOldestLibrary) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 errors::kDatabaseMisconfigured)
        .Message(absl::StrCat("libmariadb ", mysql_get_client_info(),
                              " is too old: 3.3.4 or later is needed "
                              "(CONC-622)"));
  }
  mysql_server_init(0, nullptr, nullptr);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Connection>> Connect(
    const ConnectOptions& options) {
  MYSQL* handle = mysql_init(nullptr);
  if (handle == nullptr) return absl::ResourceExhaustedError("out of memory");
  std::unique_ptr<MYSQL, decltype(&mysql_close)> owner(handle, &mysql_close);
  SetOptions(handle, options);
  if (!options.tls_ca.empty()) SetTls(handle, options.tls_ca);
  const bool unix_socket = !options.socket.empty();
  if (mysql_real_connect(
          handle, unix_socket ? "localhost" : options.host.c_str(),
          options.user.c_str(), options.password.RevealCString(),
          /*db=*/nullptr, unix_socket ? 0 : options.port,
          unix_socket ? options.socket.c_str() : nullptr, 0) == nullptr) {
    return LastError(handle);
  }
  if (!options.tls_ca.empty() && mysql_get_ssl_cipher(handle) == nullptr) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 errors::kDatabaseMisconfigured)
        .Message(
            "the connection to MariaDB is not encrypted, though "
            "mariadb.tls is set")
        .With("phase", "CONNECT");
  }
  if (ServerVersion(handle) < kOldestServer) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 errors::kDatabaseMisconfigured)
        .Message(absl::StrCat("MariaDB ", mysql_get_server_info(handle),
                              " is too old: 10.6 or later is needed"));
  }
  const int fd = mysql_get_socket(handle);
  if (!unix_socket) SetKeepalive(fd);
  auto connection = std::make_unique<ClientConnection>(owner.release());
  auto settings = connection->QueryBlocking("SELECT @@max_allowed_packet");
  if (!settings.ok()) return settings.status();
  uint64_t max_packet = 0;
  if (!absl::SimpleAtoi(settings->rows.at(0).at(0).value_or(""), &max_packet)) {
    return absl::InternalError("MariaDB did not tell max_allowed_packet");
  }
  connection->set_max_packet(max_packet);
  auto armed = connection->QueryBlocking(ArmStatement(handle));
  if (!armed.ok()) return armed.status();
  // Over TLS libmariadb leaves the socket blocking, and then every
  // non-blocking call blocks (CONC-594).
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return std::unique_ptr<Connection>(std::move(connection));
}

}  // namespace berth::mariadb
