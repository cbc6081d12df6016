#include "server/app/embedded_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"

namespace berth::app {
namespace {

namespace fs = std::filesystem;

constexpr int kOldestMajor = 10;
constexpr int kOldestMinor = 6;
// Lines of MariaDB's log that an error shows.
constexpr size_t kTailLines = 5;

absl::Status Errno(absl::string_view what) {
  return absl::InternalError(absl::StrCat(what, ": ", strerror(errno)));
}

absl::StatusOr<std::string> FindProgram(const std::string& name) {
  const char* path = getenv("PATH");
  std::vector<std::string> folders =
      absl::StrSplit(path == nullptr ? "" : path, ':', absl::SkipEmpty());
  for (const char* folder : {"/usr/sbin", "/usr/bin", "/usr/libexec",
                             "/usr/local/sbin", "/usr/local/bin"}) {
    folders.push_back(folder);
  }
  for (const std::string& folder : folders) {
    std::string file = folder + "/" + name;
    std::error_code error;
    if (fs::is_regular_file(file, error) && access(file.c_str(), X_OK) == 0) {
      return file;
    }
  }
  return absl::NotFoundError(absl::StrCat(
      "--embedded needs ", name,
      ", which is not installed; it is in the package mariadb-server"));
}

// The 10.11.6 of "mariadbd  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux".
absl::StatusOr<std::string> VersionOf(const std::string& server) {
  std::string quoted = "'";
  for (const char c : server) {
    absl::StrAppend(&quoted, c == '\'' ? "'\\''" : absl::string_view(&c, 1));
  }
  FILE* pipe = popen((quoted + "' --no-defaults --version").c_str(), "re");
  if (pipe == nullptr) {
    return Errno(absl::StrCat("cannot run ", server));
  }
  char text[256] = "";
  const size_t length = fread(text, 1, sizeof(text) - 1, pipe);
  pclose(pipe);
  absl::string_view line(text, length);
  const size_t at = line.find("Ver ");
  const bool is_mariadb = absl::StrContains(line, "MariaDB");
  line = at == line.npos ? "" : line.substr(at + 4);
  std::string version(line.substr(0, line.find_first_not_of("0123456789.")));
  const std::vector<std::string> parts = absl::StrSplit(version, '.');
  int major = 0;
  int minor = 0;
  if (!is_mariadb || parts.size() < 2 || !absl::SimpleAtoi(parts[0], &major) ||
      !absl::SimpleAtoi(parts[1], &minor)) {
    return absl::FailedPreconditionError(
        absl::StrCat(server, " does not say which MariaDB it is"));
  }
  if (std::pair(major, minor) < std::pair(kOldestMajor, kOldestMinor)) {
    return absl::FailedPreconditionError(
        absl::StrCat(server, " is MariaDB ", version, "; berthd needs ",
                     kOldestMajor, ".", kOldestMinor, " or newer"));
  }
  return version;
}

// Makes a directory that only this user can enter, or checks that it is one:
// /tmp is everybody's, and a name in it can be taken beforehand.
absl::Status MakePrivateDirectory(const std::string& path) {
  struct stat info;
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Errno(absl::StrCat("cannot make ", path));
  }
  if (lstat(path.c_str(), &info) != 0) {
    return Errno(path);
  }
  if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() ||
      (info.st_mode & 0077) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " is not a directory of this user alone; remove it"));
  }
  return absl::OkStatus();
}

// A short path that is the same at every start on one data directory.
std::string SocketDirectory(const std::string& root) {
  uint64_t hash = 14695981039346656037u;  // FNV-1a: the same on every machine.
  for (const char c : root) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  const std::string name =
      absl::StrFormat("berth-%d-%08x", geteuid(), hash >> 32);
  const char* runtime = getenv("XDG_RUNTIME_DIR");
  struct stat info;
  // The variable may be another user's, as under sudo.
  if (runtime != nullptr && runtime[0] == '/' && stat(runtime, &info) == 0 &&
      info.st_uid == geteuid()) {
    std::string path = absl::StrCat(runtime, "/", name);
    if (path.size() + sizeof("/mariadb.sock") <=
        sizeof(sockaddr_un::sun_path)) {
      return path;
    }
  }
  return absl::StrCat("/tmp/", name);
}

absl::StatusOr<int> TakeLock(const std::string& root) {
  const std::string path = root + "/berthd.lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Errno(absl::StrCat("cannot write ", path));
  }
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    char holder[16] = "";
    const ssize_t length = pread(fd, holder, sizeof(holder) - 1, 0);
    close(fd);
    return absl::FailedPreconditionError(absl::StrCat(
        "the data directory ", root, " is in use by another berthd (process ",
        absl::string_view(holder, std::max<ssize_t>(length, 0)),
        "); stop it, or give this one another --data-dir"));
  }
  const std::string self = absl::StrCat(getpid());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, self.data(), self.size(), 0) < 0) {
    close(fd);
    return Errno(absl::StrCat("cannot write ", path));
  }
  return fd;
}

}  // namespace

absl::StatusOr<MariadbPrograms> FindMariadb() {
  MariadbPrograms programs;
  ASSIGN_OR_RETURN(programs.server, FindProgram("mariadbd"));
  ASSIGN_OR_RETURN(programs.installer, FindProgram("mariadb-install-db"));
  ASSIGN_OR_RETURN(programs.version, VersionOf(programs.server));
  return programs;
}

absl::StatusOr<std::unique_ptr<EmbeddedFiles>> EmbeddedFiles::Open(
    const std::string& data_dir) {
  std::error_code error;
  const bool existed = fs::exists(data_dir, error);
  fs::create_directories(data_dir, error);
  const std::string root = fs::canonical(data_dir, error).string();
  if (error) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot make the data directory ", data_dir, ": ", error.message()));
  }
  if (!existed) {
    chmod(root.c_str(), 0700);
  }
  ASSIGN_OR_RETURN(const int lock, TakeLock(root));
  const std::string socket_dir = SocketDirectory(root);
  // From here on the destructor gives the lock back.
  std::unique_ptr<EmbeddedFiles> files(
      new EmbeddedFiles(root, socket_dir, lock));
  RETURN_IF_ERROR(MakePrivateDirectory(socket_dir));
  RETURN_IF_ERROR(MakePrivateDirectory(files->files()));
  RETURN_IF_ERROR(MakePrivateDirectory(files->temporary()));
  return files;
}

EmbeddedFiles::~EmbeddedFiles() {
  RemoveInitSql();
  for (const std::string& file : {socket(), pid()}) {
    unlink(file.c_str());
  }
  rmdir(socket_dir_.c_str());
  close(lock_);
}

absl::Status EmbeddedFiles::WriteInitSql(const std::string& user,
                                         const Secret& password,
                                         const Secret& root_password) const {
  // One statement a line, as --init-file wants it.
  const std::string account = absl::StrCat("`", user, "`@`localhost`");
  std::string sql = absl::StrCat(
      // The installer's root accounts for TCP, which have no password.
      "DELETE FROM mysql.global_priv WHERE User='root' AND Host<>'localhost';"
      "\nFLUSH PRIVILEGES;",
      "\nCREATE USER IF NOT EXISTS ", account, ";\nALTER USER ", account,
      " IDENTIFIED BY '", password.Reveal(),
      "';\nGRANT ALL PRIVILEGES ON *.* "
      "TO ",
      account, ";\nALTER USER `root`@`localhost` IDENTIFIED BY '",
      root_password.Reveal(), "';\n");
  RemoveInitSql();
  const int fd =
      open(init_sql().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  absl::Status status;
  if (fd < 0 ||
      write(fd, sql.data(), sql.size()) != static_cast<ssize_t>(sql.size())) {
    status = Errno(absl::StrCat("cannot write ", init_sql()));
  }
  if (fd >= 0) {
    close(fd);
  }
  explicit_bzero(sql.data(), sql.size());
  return status;
}

void EmbeddedFiles::RemoveInitSql() const { unlink(init_sql().c_str()); }

void EmbeddedFiles::MarkLog() {
  std::error_code error;
  const uintmax_t size = fs::file_size(log(), error);
  log_mark_ = error ? 0 : static_cast<std::streamoff>(size);
}

std::string EmbeddedFiles::LogTail() const {
  std::ifstream file(log());
  file.seekg(log_mark_);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && !absl::StrContains(line, "[Note]") &&
        !absl::StartsWith(line, "Version: ")) {
      lines.push_back(line);
    }
  }
  const auto first = lines.end() - std::min(lines.size(), kTailLines);
  return absl::StrCat("see ", log(), lines.empty() ? "" : ":\n  ",
                      absl::StrJoin(first, lines.end(), "\n  "));
}

}  // namespace berth::app
