// Threads beside the interpreter's. None of them ever calls Lua.
#ifndef BERTH_LUA_CLIENT_SRC_THREADS_H_
#define BERTH_LUA_CLIENT_SRC_THREADS_H_

#include <functional>

namespace berth::lua {

// Starts a thread that takes no signals and is never joined.
void StartThread(std::function<void()> run);

// Runs a function that blocks on one of a few threads of the process, in the
// order of the calls.
void RunOnWorker(std::function<void()> run);

}  // namespace berth::lua

#endif  // BERTH_LUA_CLIENT_SRC_THREADS_H_
