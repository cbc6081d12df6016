// Calls of the client without exceptions.
#ifndef BERTH_LUA_CLIENT_SRC_GUARD_H_
#define BERTH_LUA_CLIENT_SRC_GUARD_H_

#include <algorithm>
#include <exception>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lua-client/src/box.h"

namespace berth::lua {

inline std::optional<absl::Duration> ToDuration(Seconds timeout) {
  if (timeout < 0) return std::nullopt;
  // Zero would mean no limit to the client; here it means: at once.
  return std::max(absl::Seconds(timeout), absl::Milliseconds(1));
}

// Runs `f`, a function that returns a Status, and keeps what goes wrong.
template <typename F>
bool Guard(ErrorParts& error, F f) noexcept {
  try {
    absl::Status status = f();
    if (status.ok()) return true;
    error.Take(status);
  } catch (const std::exception& e) {
    error.Take(absl::InternalError("an exception in the client"));
  }
  return false;
}

}  // namespace berth::lua

#endif  // BERTH_LUA_CLIENT_SRC_GUARD_H_
