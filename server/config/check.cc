#include "server/config/check.h"

#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/config/address.h"
#include "server/config/scalar.h"

namespace berth::config {
namespace {

// Databases that berthd will serve at most: each has its own registry.
constexpr size_t kDatabases = 16;

// Collects the problems of one configuration.
class Checker {
 public:
  Checker(const Config& config, const Origins& origins)
      : config_(config), origins_(origins) {}

  std::vector<std::string> Run() {
    Listen();
    Databases();
    Server();
    PoolTimes();
    SessionTimes();
    return std::move(problems_);
  }

 private:
  void Add(absl::string_view key, absl::string_view text) {
    problems_.push_back(Problem(key, text, origins_));
  }

  bool Given(absl::string_view key) const {
    return origins_.find(key) != origins_.end();
  }

  void Listen() {
    if (!config_.allow_insecure_listen && !IsLocalAddress(config_.listen)) {
      Add("listen",
          absl::StrCat("`", config_.listen,
                       "` can be reached from other machines, and everything "
                       "would be sent in the clear; listen on 127.0.0.1, or "
                       "set allow_insecure_listen: true"));
    }
  }

  void Databases() {
    if (config_.databases.empty() || config_.databases.size() > kDatabases) {
      Add("databases",
          absl::StrCat("must name 1 to ", kDatabases, " databases, not ",
                       config_.databases.size()));
    }
    std::set<std::string> seen;
    for (const std::string& name : config_.databases) {
      const std::string folded = absl::AsciiStrToLower(name);
      if (!seen.insert(folded).second) {
        Add("databases", absl::StrCat("names `", name, "` twice"));
      }
      if (folded == "mysql" || folded == "sys" ||
          folded == "information_schema" || folded == "performance_schema") {
        Add("databases", absl::StrCat("`", name, "` belongs to MariaDB"));
      }
      if (!IsDatabaseName(name)) {
        Add("databases",
            absl::StrCat("`", name,
                         "` must be 1 to 64 letters, digits, `_`, `-` or `$`, "
                         "and begin with a letter or `_`"));
      }
    }
  }

  // Narrower than MariaDB's rule: the names that need no quoting anywhere.
  static bool IsDatabaseName(absl::string_view name) {
    if (name.empty() || name.size() > limits::kIdentifierCharacters ||
        !(absl::ascii_isalpha(name[0]) || name[0] == '_')) {
      return false;
    }
    for (const char c : name) {
      if (!absl::ascii_isalnum(c) && c != '_' && c != '-' && c != '$') {
        return false;
      }
    }
    return true;
  }

  void Server() {
    const MariaDb& mariadb = config_.mariadb;
    if (!mariadb.socket.empty()) {
      // A default that is spelt out, as --print-config does, contradicts
      // nothing.
      const MariaDb defaults;
      if (mariadb.host != defaults.host && !mariadb.host.empty()) {
        AddSocketBeside("mariadb.host");
      }
      if (mariadb.port != defaults.port) {
        AddSocketBeside("mariadb.port");
      }
    } else if (mariadb.host.empty()) {
      Add("mariadb.host", "must not be empty without mariadb.socket");
    }
    if (mariadb.user.empty()) {
      Add("mariadb.user", "must not be empty");
    }
    if (Given("mariadb.password") && Given("mariadb.password_file")) {
      Add("mariadb.password",
          absl::StrCat("contradicts mariadb.password_file (",
                       origins_.find("mariadb.password_file")->second,
                       "); set one of them"));
    }
    if (mariadb.tls && !mariadb.socket.empty()) AddSocketBeside("mariadb.tls");
    if (mariadb.tls && mariadb.tls_ca.empty()) {
      Add("mariadb.tls", "needs mariadb.tls_ca, to know MariaDB by");
    }
    if (!mariadb.tls && !mariadb.tls_ca.empty()) {
      Add("mariadb.tls_ca", "does nothing without mariadb.tls: true");
    }
    if (config_.embedded.data_dir.empty()) {
      Add("embedded.data_dir", "must not be empty");
    }
  }

  void AddSocketBeside(absl::string_view key) {
    Add(key, absl::StrCat("contradicts mariadb.socket (",
                          origins_.find("mariadb.socket")->second,
                          "); set one of them"));
  }

  void PoolTimes() {
    const Pool& pool = config_.pool;
    if (pool.min_idle > pool.max_size) {
      Add(Given("pool.min_idle") ? "pool.min_idle" : "pool.max_size",
          absl::StrCat("pool.min_idle (", pool.min_idle,
                       ") must not be above pool.max_size (", pool.max_size,
                       ")"));
    }
    NotAbove("pool.idle_timeout", pool.idle_timeout, "pool.max_lifetime",
             pool.max_lifetime);
  }

  void SessionTimes() {
    const Session& session = config_.session;
    NotAbove("session.transaction_idle", session.transaction_idle,
             "session.transaction_time", session.transaction_time);
    NotAbove("session.lease_idle", session.lease_idle, "session.lease_age",
             session.lease_age);
  }

  void NotAbove(absl::string_view small_key, absl::Duration small,
                absl::string_view large_key, absl::Duration large) {
    if (small > large) {
      Add(Given(small_key) ? small_key : large_key,
          absl::StrCat(small_key, " (", DurationText(small),
                       ") must not be above ", large_key, " (",
                       DurationText(large), ")"));
    }
  }

  const Config& config_;
  const Origins& origins_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> FindContradictions(const Config& config,
                                            const Origins& origins) {
  return Checker(config, origins).Run();
}

std::string Problem(absl::string_view key, absl::string_view text,
                    const Origins& origins) {
  auto origin = origins.find(key);
  return origin == origins.end()
             ? absl::StrCat(key, ": ", text)
             : absl::StrCat(origin->second, ": ", key, ": ", text);
}

}  // namespace berth::config
