// What the commands of berthctl share.
#ifndef BERTH_CLIENT_CTL_COMMAND_H_
#define BERTH_CLIENT_CTL_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "berth/client/client.h"
#include "client/ctl/output.h"

namespace berth::ctl {

// What a command works with.
struct Context {
  const client::Client& client;
  const client::CallOptions& options;
  Output& output;
};

// What a command does once the command line has been read.
using Action = std::function<absl::Status(Context&)>;

// Each adds commands to `app`, whose callbacks put what to do into `action`.
void AddDataCommands(CLI::App& app, Action& action);
void AddSchemaCommands(CLI::App& app, Action& action);
void AddServiceCommands(CLI::App& app, Action& action);

}  // namespace berth::ctl

#endif  // BERTH_CLIENT_CTL_COMMAND_H_
