// What the loops of the specs are made of: poll, FIFOs and a clock, for Lua.
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_FDS 1024

// poll.wait({fd, ...}, seconds): the descriptors that are readable.
static int Wait(lua_State* L) {
  struct pollfd fds[MAX_FDS];
  int count = 0;
  double seconds = luaL_checknumber(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  for (;; ++count) {
    lua_rawgeti(L, 1, count + 1);
    if (lua_isnil(L, -1)) break;
    if (count == MAX_FDS) return luaL_error(L, "too many descriptors");
    fds[count].fd = (int)lua_tointeger(L, -1);
    fds[count].events = POLLIN;
    lua_pop(L, 1);
  }
  // Up, so that a wait does not end just before its time.
  int ready = poll(fds, count, seconds < 0 ? -1 : (int)(seconds * 1000) + 1);
  lua_newtable(L);
  for (int i = 0, n = 0; i < count && ready > 0; ++i) {
    if (fds[i].revents == 0) continue;
    lua_pushinteger(L, fds[i].fd);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

// poll.open_fifo(path): a descriptor; the FIFO is made if it is not there.
static int OpenFifo(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  struct stat info;
  if (lstat(path, &info) != 0 && mkfifo(path, 0600) != 0) {
    return luaL_error(L, "%s: %s", path, strerror(errno));
  }
  int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return luaL_error(L, "%s: %s", path, strerror(errno));
  lua_pushinteger(L, fd);
  return 1;
}

// poll.read(fd): what is there, or nil.
static int Read(lua_State* L) {
  char buffer[4096];
  ssize_t got = read((int)luaL_checkinteger(L, 1), buffer, sizeof(buffer));
  if (got <= 0) return 0;
  lua_pushlstring(L, buffer, (size_t)got);
  return 1;
}

static int Close(lua_State* L) {
  close((int)luaL_checkinteger(L, 1));
  return 0;
}

static int Now(lua_State* L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (double)now.tv_sec + (double)now.tv_nsec * 1e-9);
  return 1;
}

int luaopen_berth_poll(lua_State* L) {
  static const luaL_Reg kFunctions[] = {{"wait", Wait}, {"open_fifo", OpenFifo},
                                        {"read", Read}, {"close", Close},
                                        {"now", Now},   {NULL, NULL}};
  lua_newtable(L);
  for (const luaL_Reg* f = kFunctions; f->name != NULL; ++f) {
    lua_pushcfunction(L, f->func);
    lua_setfield(L, -2, f->name);
  }
  return 1;
}
