// A password in a file.
#ifndef BERTH_CLIENT_CTL_PASSWORD_FILE_H_
#define BERTH_CLIENT_CTL_PASSWORD_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace berth::ctl {

// The first line of the file, without its end. Fails with INVALID_ARGUMENT if
// the file cannot be read, is open to other users of the machine, or begins
// with an empty line.
absl::StatusOr<std::string> ReadPasswordFile(const std::string& path);

}  // namespace berth::ctl

#endif  // BERTH_CLIENT_CTL_PASSWORD_FILE_H_
