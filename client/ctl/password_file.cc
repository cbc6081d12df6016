#include "client/ctl/password_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace berth::ctl {

absl::StatusOr<std::string> ReadPasswordFile(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read ", path, ": ", strerror(errno)));
  }
  if ((info.st_mode & S_IRWXO) != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " holds a password and is open to other users; chmod o= ", path));
  }
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  absl::string_view password = line;
  absl::ConsumeSuffix(&password, "\r");
  if (password.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " cannot be read, or its first line is empty"));
  }
  return std::string(password);
}

}  // namespace berth::ctl
