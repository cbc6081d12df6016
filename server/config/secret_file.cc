#include "server/config/secret_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

namespace berth::config {

std::string OpenToOthers(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return absl::StrCat("cannot read ", path, ": ", strerror(errno));
  }
  if ((info.st_mode & S_IRWXO) != 0) {
    return absl::StrCat(path, " holds a secret and is open to other users; ",
                        "chmod o= ", path);
  }
  return "";
}

}  // namespace berth::config
