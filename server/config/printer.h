// Writes a configuration as a YAML file that explains itself.
#ifndef BERTH_SERVER_CONFIG_PRINTER_H_
#define BERTH_SERVER_CONFIG_PRINTER_H_

#include <string>

#include "server/config/config.h"

namespace berth::config {

// Every key with its value, below a comment with its meaning, range, variable
// and default. Secrets, and texts that are empty, are commented out: what is
// printed reads back as the same configuration, but for the secrets.
std::string Print(const Config& config);

}  // namespace berth::config

#endif  // BERTH_SERVER_CONFIG_PRINTER_H_
