// What berthctl says and returns when something fails.
#ifndef BERTH_CLIENT_CTL_ERROR_TEXT_H_
#define BERTH_CLIENT_CTL_ERROR_TEXT_H_

#include <string>

#include "absl/status/status.h"
#include "client/ctl/output.h"

namespace berth::ctl {

// The exit codes. Scripts rely on them: never renumbered.
enum Exit {
  // It was done.
  kOk = 0,
  // The service or MariaDB refused it; nothing was done.
  kFailed = 1,
  // The command line is wrong; nothing was sent.
  kUsage = 2,
  // The service cannot be reached.
  kUnreachable = 3,
  // The service answers, and says that it does not serve.
  kUnhealthy = 4,
  // Nobody knows whether a write was done.
  kUnknown = 5,
};

// The exit code for `status`. An error without a reason is one of usage.
Exit ExitCodeOf(const absl::Status& status);

// What a person can do about the error; empty: nothing that is known.
std::string HintOf(const absl::Status& status);

// The error with reason, outcome, retry, details and hint: some lines of text,
// or for the formats of JSON an object in one line.
std::string ErrorText(const absl::Status& status, Format format);

}  // namespace berth::ctl

#endif  // BERTH_CLIENT_CTL_ERROR_TEXT_H_
