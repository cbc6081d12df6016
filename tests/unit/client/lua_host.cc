// A program with Lua inside that does to berth_core what hosts do:
//   lua_host MODE ENDPOINT [SCRIPT]
// Ends with 0 if all went well. LUA_CPATH names the module.
extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

const char* endpoint;

lua_State* NewState() {
  lua_State* L = luaL_newstate();
  luaL_openlibs(L);
  lua_pushstring(L, endpoint);
  lua_setglobal(L, "endpoint");
  return L;
}

void Run(lua_State* L, const char* script) {
  if (luaL_dostring(L, script) == 0) return;
  std::fprintf(stderr, "%s\n", lua_tostring(L, -1));
  std::_Exit(1);
}

constexpr char kLoad[] = "core = require 'berth_core'";

// Uses a session and leaves it open.
constexpr char kUse[] = R"(
  core = require "berth_core"
  channel = channel or core.connect(endpoint)
  session = session or assert(channel:session())
  assert(session:call("ping"))
)";

// Leaves behind all that can be under way: a statement that waits in a loop, a
// call on a worker, timers, a session without a request, a FIFO.
constexpr char kBusy[] = R"(
  core = require "berth_core"
  channel = core.connect(endpoint)
  notifier = core.notifier()
  assert(notifier:fifo())
  notifier:remove_fifo()
  waiting = assert(channel:session { notifier = notifier, key = 7,
    open_with_first_request = true })
  local id = assert(waiting:send("execute", { sql = "HANG" }))
  assert(waiting:receive(id, 5, nil, true) == false)
  call = assert(channel:start("Select", { table = "hang" }, 1, notifier, 8))
  assert(not call:ready())
  notifier:timer(9, 0.01)
  notifier:timer(10, 100)
  lazy = assert(channel:session { open_with_first_request = true })
  sender = assert(channel:session())
  for _ = 1, 100 do assert(sender:send("ping")) end
)";

int Child(void (*run)()) {
  pid_t child = fork();
  if (child == 0) {
    run();
    std::_Exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

lua_State* inherited;

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const char* mode = argv[1];
  endpoint = argv[2];
  auto is = [mode](const char* name) { return std::strcmp(mode, name) == 0; };
  lua_State* L = NewState();
  inherited = L;
  if (is("script") && argc == 4) {
    Run(L, "arg = { endpoint }");
    if (luaL_loadfile(L, argv[3]) != 0 || lua_pcall(L, 0, 0, 0) != 0) {
      std::fprintf(stderr, "%s\n", lua_tostring(L, -1));
      return 1;
    }
    lua_close(L);
    return 0;
  }
  if (is("two_states")) {
    lua_State* other = NewState();
    Run(L, kUse);
    Run(other, kUse);
    lua_close(L);
    Run(other, kUse);
    L = NewState();  // as a host that starts a script again
    Run(L, kUse);
    lua_close(other);
    Run(L, kUse);
    lua_close(L);
    return 0;
  }
  if (is("fork_before_use")) {
    Run(L, kLoad);
    int status = Child([] {
      Run(inherited, kUse);
      lua_close(inherited);
    });
    Run(L, kUse);
    lua_close(L);
    return status;
  }
  if (is("fork_after_use")) {
    Run(L, kUse);
    int status = Child([] {
      Run(inherited, R"(
        for _, use in ipairs { function() session:call "ping" end,
            function() channel:call "GetServerInfo" end,
            function() core.connect(endpoint) end } do
          local ok, message = pcall(use)
          assert(not ok and message:find "berth was used before fork")
        end)");
      lua_close(inherited);
      // No exit, at which valgrind looks for lost memory: what a child must
      // leave alone is lost to it.
      execl("/bin/true", "true", nullptr);
      std::_Exit(1);
    });
    Run(L, kUse);
    lua_close(L);
    return status;
  }
  if (is("close_while_busy")) {
    for (int i = 0; i < 5; ++i) {
      Run(L, kBusy);
      lua_close(L);
      L = NewState();
    }
    lua_close(L);
    return 0;
  }
  Run(L, kBusy);
  if (is("exit_while_busy")) Run(L, "os.exit(true)");
  if (is("exit_and_close_while_busy")) Run(L, "os.exit(true, true)");
  return 2;
}
