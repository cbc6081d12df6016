// Reads the configuration: defaults, then the file, then the environment, then
// flags; the later one wins.
#ifndef BERTH_SERVER_CONFIG_READER_H_
#define BERTH_SERVER_CONFIG_READER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/config/config.h"

namespace berth::config {

// A key that the command line sets.
struct Override {
  std::string key;     // Such as `listen`.
  std::string value;   // As it would be written in the file.
  std::string origin;  // What errors call it, such as `--listen`.
};

struct Sources {
  std::string file;  // Path of the YAML file; empty for none.
  std::map<std::string, std::string> environment;
  std::vector<Override> overrides;
};

// The variables of this process that begin with BERTH_.
std::map<std::string, std::string> ProcessEnvironment();

// Reads and checks everything, the password file and the users file too.
//
// Fails with INVALID_ARGUMENT. The message has one line for each problem, all
// that there are: unknown keys, wrong types, values out of range, settings that
// contradict each other, secrets that others can read. Each begins with its
// place (`FILE:LINE`, the variable, or the flag).
absl::StatusOr<Config> Read(const Sources& sources);

}  // namespace berth::config

#endif  // BERTH_SERVER_CONFIG_READER_H_
