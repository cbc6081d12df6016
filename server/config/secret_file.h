// Files that hold secrets.
#ifndef BERTH_SERVER_CONFIG_SECRET_FILE_H_
#define BERTH_SERVER_CONFIG_SECRET_FILE_H_

#include <string>

namespace berth::config {

// What keeps a file from being a place for secrets, such as that others can
// read it; empty if nothing does.
std::string OpenToOthers(const std::string& path);

}  // namespace berth::config

#endif  // BERTH_SERVER_CONFIG_SECRET_FILE_H_
