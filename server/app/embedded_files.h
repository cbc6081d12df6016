// The files of a private MariaDB: where they lie, and who may use them.
#ifndef BERTH_SERVER_APP_EMBEDDED_FILES_H_
#define BERTH_SERVER_APP_EMBEDDED_FILES_H_

#include <ios>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/secret.h"

namespace berth::app {

// MariaDB's programs on this machine.
struct MariadbPrograms {
  std::string server;     // Path of mariadbd.
  std::string installer;  // Path of mariadb-install-db.
  std::string version;    // Such as 10.11.6.
};

// Looks in PATH and where distributions put servers. Fails with NOT_FOUND if
// one is missing, and with FAILED_PRECONDITION below MariaDB 10.6.
absl::StatusOr<MariadbPrograms> FindMariadb();

// The data directory of a private MariaDB, held by this process alone.
//
//   DIR/berthd.lock   locked while a berthd uses DIR
//   DIR/data/         MariaDB's own; data.new/ while it is being made
//   DIR/files/        the only place for LOAD DATA and INTO OUTFILE
//   DIR/mariadb.log   what MariaDB says
//   DIR/init.sql      passwords, there only while MariaDB starts
//
// The socket lies elsewhere, since its path must be short (108 bytes).
class EmbeddedFiles {
 public:
  // Makes what is missing and takes the lock. Fails with FAILED_PRECONDITION
  // if another berthd has it.
  static absl::StatusOr<std::unique_ptr<EmbeddedFiles>> Open(
      const std::string& data_dir);

  EmbeddedFiles(const EmbeddedFiles&) = delete;
  EmbeddedFiles& operator=(const EmbeddedFiles&) = delete;
  // Removes the socket's directory and gives the lock back.
  ~EmbeddedFiles();

  std::string data() const { return root_ + "/data"; }
  std::string new_data() const { return root_ + "/data.new"; }
  std::string files() const { return root_ + "/files"; }
  // Where mariadbd keeps temporary tables; and mariadb-install-db, which
  // breaks on a blank in this path.
  std::string temporary() const { return root_ + "/tmp"; }
  std::string install_temporary() const { return socket_dir_; }
  std::string log() const { return root_ + "/mariadb.log"; }
  std::string init_sql() const { return root_ + "/init.sql"; }
  std::string pid() const { return socket_dir_ + "/mariadb.pid"; }
  std::string socket() const { return socket_dir_ + "/mariadb.sock"; }

  // Writes the file that gives `user` and root their passwords; no one else
  // can read it.
  absl::Status WriteInitSql(const std::string& user, const Secret& password,
                            const Secret& root_password) const;
  void RemoveInitSql() const;

  // What MariaDB has complained of since the last MarkLog(), for a message.
  std::string LogTail() const;
  void MarkLog();

 private:
  EmbeddedFiles(std::string root, std::string socket_dir, int lock)
      : root_(std::move(root)),
        socket_dir_(std::move(socket_dir)),
        lock_(lock) {}

  const std::string root_;  // Absolute, without symbolic links.
  const std::string socket_dir_;
  const int lock_;  // Descriptor of berthd.lock.
  std::streamoff log_mark_ = 0;
};

}  // namespace berth::app

#endif  // BERTH_SERVER_APP_EMBEDDED_FILES_H_
