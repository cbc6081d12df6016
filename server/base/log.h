// The log: lines on standard error.
#ifndef BERTH_SERVER_BASE_LOG_H_
#define BERTH_SERVER_BASE_LOG_H_

#include <string>

#include "absl/strings/string_view.h"

namespace berth::log {

// Sets what is written: from `trace`, `debug`, `info`, `warn` or `error` on,
// as `text` or as `json`, one object a line. Once, before anything is logged.
void Configure(const std::string& level, const std::string& format);

// Write one line. Thread-safe. Never with a secret, a statement's values or
// anything else that belongs to a caller but the name of a refused user.
void Info(absl::string_view line);
void Warn(absl::string_view line);
void Error(absl::string_view line);

}  // namespace berth::log

#endif  // BERTH_SERVER_BASE_LOG_H_
