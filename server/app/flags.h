// The command line of berthd.
#ifndef BERTH_SERVER_APP_FLAGS_H_
#define BERTH_SERVER_APP_FLAGS_H_

#include <optional>

#include "server/config/reader.h"

namespace berth::app {

struct Flags {
  // Where the configuration comes from, the flags included.
  config::Sources sources;
  bool embedded = false;
  bool check_config = false;
  bool print_config = false;
  bool hash_password = false;
};

// Reads the command line. When there is nothing more to do (--help, --version,
// a mistake, which is printed), returns nothing and sets `exit_code`.
std::optional<Flags> ParseFlags(int argc, char** argv, int* exit_code);

}  // namespace berth::app

#endif  // BERTH_SERVER_APP_FLAGS_H_
