#include "server/config/keys.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/limits.h"
#include "server/config/address.h"

namespace berth::config {
namespace {

constexpr int64_t kKiB = 1024;
constexpr int64_t kMiB = 1024 * kKiB;

// A field of Config as the function that a field's `get` wants.
#define BERTH_FIELD(path) \
  [](Config & c) -> auto& { return c.path; }

std::vector<Key> MakeKeys() {
  using absl::Hours;
  using absl::Milliseconds;
  using absl::Minutes;
  using absl::Seconds;
  return {
      {"listen",
       "Where gRPC is served: HOST:PORT, [IPV6]:PORT or unix:PATH. Port 0 "
       "takes a free one.",
       TextField{BERTH_FIELD(listen), AddressProblem}},
      {"allow_insecure_listen",
       "Allows `listen` to leave loopback, where statements and rows are sent "
       "in the clear.",
       BoolField{BERTH_FIELD(allow_insecure_listen)}},
      {"databases",
       "The databases that clients may use, 1 to 16. The first is the default.",
       ListField{BERTH_FIELD(databases)}},

      {"mariadb.host",
       "Name or address of MariaDB's machine. Not used with --embedded, like "
       "all of this section.",
       TextField{BERTH_FIELD(mariadb.host)}},
      {"mariadb.port", "Its TCP port.",
       IntField{BERTH_FIELD(mariadb.port), 1, 65535}},
      {"mariadb.socket", "Path of its Unix socket, instead of host and port.",
       TextField{BERTH_FIELD(mariadb.socket)}},
      {"mariadb.user",
       "The account. deploy/mariadb/grants.sql lists the rights that it needs.",
       TextField{BERTH_FIELD(mariadb.user)}},
      {"mariadb.password",
       "Its password. A file that holds it must be closed to other users; "
       "`password_file` or the environment are the better places.",
       SecretField{BERTH_FIELD(mariadb.password)}},
      {"mariadb.password_file",
       "A file that holds nothing but the password, closed to other users.",
       TextField{BERTH_FIELD(mariadb.password_file)}},
      {"mariadb.tls",
       "Whether the TCP connections are encrypted. MariaDB's certificate must "
       "be "
       "good for `host` and signed by one of `tls_ca`; nothing is ever sent in "
       "the clear instead.",
       BoolField{BERTH_FIELD(mariadb.tls)}},
      {"mariadb.tls_ca",
       "A file in PEM: the authorities that may have signed that certificate. "
       "Required with `tls`.",
       TextField{BERTH_FIELD(mariadb.tls_ca)}},
      {"mariadb.connect_timeout", "Time for one attempt to connect.",
       DurationField{BERTH_FIELD(mariadb.connect_timeout), Milliseconds(100),
                     Minutes(5)}},

      {"pool.max_size",
       "Most connections to MariaDB at once. An eighth is kept for calls "
       "outside sessions.",
       IntField{BERTH_FIELD(pool.max_size), 1, 10'000}},
      {"pool.min_idle", "Connections kept open while nothing happens.",
       IntField{BERTH_FIELD(pool.min_idle), 0, 10'000}},
      {"pool.acquire_timeout", "Longest wait for a free connection.",
       DurationField{BERTH_FIELD(pool.acquire_timeout), Milliseconds(1),
                     Minutes(10)}},
      {"pool.queue_length",
       "Callers that may wait for a connection at once. Further ones are "
       "refused.",
       IntField{BERTH_FIELD(pool.queue_length), 0, 1'000'000}},
      {"pool.idle_timeout",
       "A connection beyond `min_idle` that is unused for so long is closed.",
       DurationField{BERTH_FIELD(pool.idle_timeout), Seconds(1), Hours(24)}},
      {"pool.max_lifetime",
       "A connection is replaced at this age, between leases.",
       DurationField{BERTH_FIELD(pool.max_lifetime), Seconds(1),
                     Hours(7 * 24)}},

      {"limits.unary_rows",
       "Most rows of an answer that is not streamed. It is cut there, and says "
       "so.",
       IntField{BERTH_FIELD(limits.unary_rows), 1, 10'000'000}},
      {"limits.unary_bytes",
       "Most bytes of such an answer. gRPC clients take 4 MiB by default.",
       BytesField{BERTH_FIELD(limits.unary_bytes), 64 * kKiB, 16 * kMiB}},

      {"security.users_file",
       "A file of users with the hashes of their passwords, closed to other "
       "users; deploy/README.md tells more. With it every call needs a user "
       "and a password; without it nobody is asked.",
       TextField{BERTH_FIELD(security.users_file)}},
      {"security.where",
       "What the conditions that callers write may hold: strict is parsed and "
       "written anew, clauses stays within the database's tables, raw is all "
       "of SQL but `;` and comments. proto/README.md has the table. Without "
       "it: raw, or with a users file strict for whoever has no level there.",
       ChoiceField{BERTH_FIELD(security.where), {"strict", "clauses", "raw"}}},
      {"session.pipeline_depth",
       "Requests that a client of a session may send before their answers. One "
       "that sends more is in error, and its stream ends.",
       IntField{BERTH_FIELD(session.pipeline_depth), 1, 10'000}},
      {"session.half_close_grace",
       "How long requests may still take after the client has closed its side "
       "of the stream. Then they are cancelled.",
       DurationField{BERTH_FIELD(session.half_close_grace), Milliseconds(1),
                     Minutes(1)}},
      {"session.transaction_idle",
       "A transaction that gets no request for so long is rolled back, and its "
       "session ends.",
       DurationField{BERTH_FIELD(session.transaction_idle), Milliseconds(50),
                     Minutes(1)}},
      {"session.transaction_time",
       "The longest time of a transaction of a session, which then ends.",
       DurationField{BERTH_FIELD(session.transaction_time), Milliseconds(50),
                     Hours(24)}},
      {"session.lease_idle",
       "A session whose connection holds state ends after so long without a "
       "request, unless it asked for more when it was opened.",
       DurationField{BERTH_FIELD(session.lease_idle), Milliseconds(50),
                     Hours(limits::kLeaseIdleHours)}},
      {"session.lease_age",
       "A session whose connection holds state ends at this age, less up to a "
       "tenth by chance, between transactions.",
       DurationField{BERTH_FIELD(session.lease_age), Milliseconds(50),
                     Hours(7 * 24)}},
      {"session.idle_when_wanted",
       "A connection without state that its session has not used for so long "
       "is given to whoever waits for one.",
       DurationField{BERTH_FIELD(session.idle_when_wanted), Milliseconds(1),
                     Hours(1)}},
      {"session.notice",
       "How long before the server ends a session it says so. At most half of "
       "the limit concerned.",
       DurationField{BERTH_FIELD(session.notice), Milliseconds(10),
                     Minutes(5)}},

      {"reflection",
       "Whether gRPC server reflection is served, which grpcurl and the like "
       "need.",
       BoolField{BERTH_FIELD(reflection)}},

      {"log.level", "The least that is logged.",
       ChoiceField{BERTH_FIELD(log.level),
                   {"trace", "debug", "info", "warn", "error"}}},
      {"log.format", "Lines for people, or one JSON object a line.",
       ChoiceField{BERTH_FIELD(log.format), {"text", "json"}}},

      {"embedded.data_dir",
       "Where the private MariaDB of --embedded keeps its data. Made on first "
       "start.",
       TextField{BERTH_FIELD(embedded.data_dir)}},
  };
}

#undef BERTH_FIELD

// Insertions, deletions and replacements that make `a` from `b`.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

const std::vector<Key>& Keys() {
  static const auto& keys = *new std::vector<Key>(MakeKeys());
  return keys;
}

const Key* FindKey(absl::string_view name) {
  for (const Key& key : Keys()) {
    if (key.name == name) {
      return &key;
    }
  }
  return nullptr;
}

std::string EnvironmentName(absl::string_view key) {
  return absl::StrCat(
      "BERTH_", absl::AsciiStrToUpper(absl::StrReplaceAll(key, {{".", "_"}})));
}

std::string Nearest(absl::string_view name,
                    const std::vector<std::string>& names) {
  std::string nearest;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : names) {
    const size_t distance = EditDistance(name, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace berth::config
