// Every setting of berthd, typed and with its default.
//
// A setting is added here, in the table of keys.cc, and nowhere else: reader,
// environment and printer follow that table. Rules that join several keys are
// in check.cc.
#ifndef BERTH_SERVER_CONFIG_CONFIG_H_
#define BERTH_SERVER_CONFIG_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/auth/users.h"
#include "server/base/limits.h"
#include "server/base/secret.h"

namespace berth::config {

// The MariaDB that berthd serves. Not used with --embedded.
struct MariaDb {
  // Name or address of its machine. Default 127.0.0.1.
  std::string host = "127.0.0.1";
  // Its TCP port, 1 to 65535. Default 3306.
  int64_t port = 3306;
  // Path of its Unix socket, instead of host and port. Default: TCP.
  std::string socket;
  // The account; its rights are in deploy/mariadb/grants.sql. Default berth.
  std::string user = "berth";
  // Its password, here or in `password_file`. Default: none.
  Secret password;
  // A file that holds nothing but the password, closed to other users; the
  // reader puts its contents into `password`. Default: none.
  std::string password_file;
  // Whether connections are encrypted, with the certificate's chain and name
  // checked. Default false.
  bool tls = false;
  // A file in PEM: the authorities that may have signed the certificate. With
  // `tls` only, and then it must be set. Default: none.
  std::string tls_ca;
  // Time for one attempt to connect, 100ms to 5m. Default 5s.
  absl::Duration connect_timeout = absl::Seconds(5);
};

// The connections to MariaDB.
struct Pool {
  // Most connections at once, 1 to 10000. An eighth is kept for calls outside
  // sessions. Default 32.
  int64_t max_size = 32;
  // Connections kept open while nothing happens, 0 to `max_size`. Default 2.
  int64_t min_idle = 2;
  // Longest wait for a free connection, 1ms to 10m. Default 2s.
  absl::Duration acquire_timeout = absl::Seconds(2);
  // Callers that may wait at once; further ones are refused, 0 to 1000000.
  // Default 256.
  int64_t queue_length = 256;
  // A connection beyond `min_idle` that is unused for so long is closed, 1s
  // to 24h. Default 10m.
  absl::Duration idle_timeout = absl::Minutes(10);
  // A connection is replaced at this age, between leases, 1s to 7d.
  // Default 30m.
  absl::Duration max_lifetime = absl::Minutes(30);
};

// What an answer that is not streamed may hold; more is cut off, and the answer
// says so.
struct Limits {
  // Rows, 1 to 10000000. Default 10000.
  int64_t unary_rows = limits::kUnaryRows;
  // Bytes of rows, 64KiB to 16MiB; stock clients take 4 MiB. Default 3MiB.
  int64_t unary_bytes = limits::kUnaryBytes;
};

// What callers may do.
struct Security {
  // A file of users with their passwords' hashes; without it nobody is asked
  // who calls. Default: none.
  std::string users_file;
  // Its users; the reader puts them here.
  std::vector<auth::User> users;
  // What the fragments of callers may hold: strict, clauses or raw;
  // proto/README.md has the table. A user's own level goes before it. Default:
  // none, which is strict for users, and raw without a users file.
  std::string where;
};

// What sessions may do, and how long they may hold a connection.
struct Session {
  // Requests that a client may send before their answers, 1 to 10000.
  // Default 64.
  int64_t pipeline_depth = 64;
  // How long requests may take after the client has closed its side of the
  // stream, 1ms to 1m. Default 2s.
  absl::Duration half_close_grace = absl::Seconds(2);
  // A transaction without a request for so long is rolled back, 50ms to 1m.
  // Default 10s.
  absl::Duration transaction_idle = absl::Seconds(10);
  // The longest time of a transaction, 50ms to 24h. Default 60s.
  absl::Duration transaction_time = absl::Seconds(60);
  // The longest time without a request while a connection with state is held,
  // 50ms to 8h; a session may ask for more. Default 10m.
  absl::Duration lease_idle = absl::Minutes(10);
  // The longest time that a connection with state is held, 50ms to 7d.
  // Default 12h.
  absl::Duration lease_age = absl::Hours(12);
  // A connection without state that is idle for so long is given to whoever
  // waits for one, 1ms to 1h. Default 5s.
  absl::Duration idle_when_wanted = absl::Seconds(5);
  // How long before the server ends a session it says so, 10ms to 5m; at most
  // half of the limit concerned. Default 5s.
  absl::Duration notice = absl::Seconds(5);
};

struct Log {
  // trace, debug, info, warn or error. Default info.
  std::string level = "info";
  // text, or json for one object a line. Default text.
  std::string format = "text";
};

// The private MariaDB of --embedded.
struct Embedded {
  // Where its data lives; made on first start. Default: berth-data in the
  // working directory.
  std::string data_dir = "berth-data";
};

struct Config {
  // Where gRPC is served: HOST:PORT, [IPV6]:PORT or unix:PATH; port 0 takes a
  // free one. Default 127.0.0.1:7390.
  std::string listen = "127.0.0.1:7390";
  // Allows `listen` to leave loopback, where everything is sent in the clear.
  // Default false.
  bool allow_insecure_listen = false;
  // The databases that clients may use, 1 to 16; the first is the default.
  // Default [berth].
  std::vector<std::string> databases = {"berth"};
  MariaDb mariadb;
  Pool pool;
  Limits limits;
  Security security;
  Session session;
  // Whether gRPC server reflection is served. Default true.
  bool reflection = true;
  Log log;
  Embedded embedded;
};

}  // namespace berth::config

#endif  // BERTH_SERVER_CONFIG_CONFIG_H_
