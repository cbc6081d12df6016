// What luafan_way.lua needs of libmariadb and of an event loop, in LuaFan's
// way: each call of a connection or statement that has to wait suspends its
// coroutine, and a loop in C goes on with it when the socket is ready.
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

enum { kMaxColumns = 16, kMaxEvents = 64 };

typedef enum { kPrepare, kExecute, kFetch, kClose } Step;

typedef struct Connection {
  MYSQL mysql;
  // What it is at, and for whom.
  Step step;
  struct Statement* statement;
  lua_State* waiting;
  int failed;
  my_bool closed;
} Connection;

typedef struct Statement {
  Connection* connection;
  MYSQL_STMT* handle;
  MYSQL_RES* metadata;
  int columns;
  MYSQL_BIND results[kMaxColumns];
  long long integers[kMaxColumns];
  unsigned long lengths[kMaxColumns];
  my_bool nulls[kMaxColumns];
} Statement;

static int loop_fd = -1;
static int alive = 0;
static int with_cursor = 0;

static void Die(const char* what, const char* why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void Watch(Connection* connection, int operation, int wait) {
  struct epoll_event event;
  memset(&event, 0, sizeof(event));
  event.events = wait & MYSQL_WAIT_WRITE ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = connection;
  if (epoll_ctl(loop_fd, operation, mysql_get_socket(&connection->mysql),
                &event) != 0) {
    Die("epoll_ctl", strerror(errno));
  }
}

// bench_mariadb.connect(socket, user, password, database, cursor)
static int Connect(lua_State* L) {
  Connection* connection = lua_newuserdata(L, sizeof(*connection));
  memset(connection, 0, sizeof(*connection));
  mysql_init(&connection->mysql);
  mysql_options(&connection->mysql, MYSQL_OPT_NONBLOCK, NULL);
  if (mysql_real_connect(&connection->mysql, NULL, luaL_checkstring(L, 2),
                         luaL_checkstring(L, 3), luaL_checkstring(L, 4), 0,
                         luaL_checkstring(L, 1), 0) == NULL) {
    Die("connect", mysql_error(&connection->mysql));
  }
  with_cursor = lua_toboolean(L, 5);
  if (loop_fd < 0) loop_fd = epoll_create1(EPOLL_CLOEXEC);
  Watch(connection, EPOLL_CTL_ADD, 0);
  luaL_getmetatable(L, "bench.connection");
  lua_setmetatable(L, -2);
  return 1;
}

// Buffers of the declared lengths, as LuaFan makes them.
static void BindResults(Statement* statement) {
  statement->metadata = mysql_stmt_result_metadata(statement->handle);
  if (statement->metadata == NULL) return;
  statement->columns = (int)mysql_num_fields(statement->metadata);
  if (statement->columns > kMaxColumns) Die("bind", "too many columns");
  memset(statement->results, 0, sizeof(statement->results));
  MYSQL_FIELD* fields = mysql_fetch_fields(statement->metadata);
  for (int i = 0; i < statement->columns; ++i) {
    MYSQL_BIND* bind = &statement->results[i];
    bind->is_null = &statement->nulls[i];
    bind->length = &statement->lengths[i];
    if (fields[i].type == MYSQL_TYPE_LONG) {
      bind->buffer_type = MYSQL_TYPE_LONGLONG;
      bind->buffer = &statement->integers[i];
    } else {
      bind->buffer_type = MYSQL_TYPE_STRING;
      bind->buffer_length = fields[i].length;
      bind->buffer = malloc(fields[i].length);
    }
  }
  if (mysql_stmt_bind_result(statement->handle, statement->results) != 0) {
    Die("bind", mysql_stmt_error(statement->handle));
  }
}

static void FreeResults(Statement* statement) {
  if (statement->metadata == NULL) return;
  for (int i = 0; i < statement->columns; ++i) {
    if (statement->results[i].buffer_type == MYSQL_TYPE_STRING) {
      free(statement->results[i].buffer);
    }
  }
  mysql_free_result(statement->metadata);
  statement->metadata = NULL;
}

static void PushRow(lua_State* L, const Statement* statement) {
  const MYSQL_FIELD* fields = mysql_fetch_fields(statement->metadata);
  lua_newtable(L);
  for (int i = 0; i < statement->columns; ++i) {
    if (statement->nulls[i]) continue;
    if (statement->results[i].buffer_type == MYSQL_TYPE_LONGLONG) {
      lua_pushinteger(L, (lua_Integer)statement->integers[i]);
    } else {
      lua_pushlstring(L, statement->results[i].buffer, statement->lengths[i]);
    }
    lua_setfield(L, -2, fields[i].name);
  }
}

// Pushes what the step that is done gives.
static int Results(lua_State* L, Connection* connection) {
  Statement* statement = connection->statement;
  luaL_checkstack(L, 4, "results");
  switch (connection->step) {
    case kPrepare:
      if (connection->failed) {
        Die("prepare", mysql_stmt_error(statement->handle));
      }
      BindResults(statement);
      return 0;
    case kExecute:
      if (connection->failed) {
        Die("execute", mysql_stmt_error(statement->handle));
      }
      lua_pushboolean(L, 1);
      return 1;
    case kFetch:
      if (connection->failed == MYSQL_NO_DATA) return 0;
      if (connection->failed) Die("fetch", mysql_stmt_error(statement->handle));
      PushRow(L, statement);
      return 1;
    default:
      FreeResults(statement);
      lua_pushboolean(L, 1);
      return 1;
  }
}

// Suspends the coroutine unless the step is done.
static int Await(lua_State* L, Statement* statement, Step step, int wait) {
  Connection* connection = statement->connection;
  connection->step = step;
  connection->statement = statement;
  if (wait == 0) return Results(L, connection);
  if (wait & MYSQL_WAIT_WRITE) Watch(connection, EPOLL_CTL_MOD, wait);
  connection->waiting = L;
  return lua_yield(L, 0);
}

static int Continue(Connection* connection, int ready) {
  MYSQL_STMT* handle = connection->statement->handle;
  switch (connection->step) {
    case kPrepare:
      return mysql_stmt_prepare_cont(&connection->failed, handle, ready);
    case kExecute:
      return mysql_stmt_execute_cont(&connection->failed, handle, ready);
    case kFetch:
      return mysql_stmt_fetch_cont(&connection->failed, handle, ready);
    default:
      return mysql_stmt_close_cont(&connection->closed, handle, ready);
  }
}

static void Resume(lua_State* co, int arguments) {
#if LUA_VERSION_NUM >= 504
  int results;
  int status = lua_resume(co, NULL, arguments, &results);
  if (status == LUA_YIELD) lua_pop(co, results);
#elif LUA_VERSION_NUM >= 502
  int status = lua_resume(co, NULL, arguments);
#else
  int status = lua_resume(co, arguments);
#endif
  if (status == LUA_YIELD) return;
  if (status != 0) Die("coroutine", lua_tostring(co, -1));
  --alive;
}

// connection:statement(): to be prepared.
static int NewStatement(lua_State* L) {
  Connection* connection = luaL_checkudata(L, 1, "bench.connection");
  Statement* statement = lua_newuserdata(L, sizeof(*statement));
  memset(statement, 0, sizeof(*statement));
  statement->connection = connection;
  statement->handle = mysql_stmt_init(&connection->mysql);
  if (with_cursor) {
    unsigned long type = CURSOR_TYPE_READ_ONLY, rows = 5;
    mysql_stmt_attr_set(statement->handle, STMT_ATTR_CURSOR_TYPE, &type);
    mysql_stmt_attr_set(statement->handle, STMT_ATTR_PREFETCH_ROWS, &rows);
  }
  luaL_getmetatable(L, "bench.statement");
  lua_setmetatable(L, -2);
  return 1;
}

static Statement* Check(lua_State* L) {
  return luaL_checkudata(L, 1, "bench.statement");
}

static int Prepare(lua_State* L) {
  Statement* statement = Check(L);
  size_t length;
  const char* sql = luaL_checklstring(L, 2, &length);
  return Await(L, statement, kPrepare,
               mysql_stmt_prepare_start(&statement->connection->failed,
                                        statement->handle, sql, length));
}

// statement:bind_param(number): LuaFan binds every number as DOUBLE.
static int BindParam(lua_State* L) {
  Statement* statement = Check(L);
  static double number;
  static MYSQL_BIND bind;
  number = luaL_checknumber(L, 2);
  memset(&bind, 0, sizeof(bind));
  bind.buffer_type = MYSQL_TYPE_DOUBLE;
  bind.buffer = &number;
  mysql_stmt_bind_param(statement->handle, &bind);
  return 0;
}

static int Execute(lua_State* L) {
  Statement* statement = Check(L);
  return Await(L, statement, kExecute,
               mysql_stmt_execute_start(&statement->connection->failed,
                                        statement->handle));
}

static int Fetch(lua_State* L) {
  Statement* statement = Check(L);
  return Await(L, statement, kFetch,
               mysql_stmt_fetch_start(&statement->connection->failed,
                                      statement->handle));
}

static int Close(lua_State* L) {
  Statement* statement = Check(L);
  return Await(L, statement, kClose,
               mysql_stmt_close_start(&statement->connection->closed,
                                      statement->handle));
}

// bench_mariadb.run(functions, count): runs the functions as coroutines until
// all are done.
static int Run(lua_State* L) {
  int count = (int)luaL_checkinteger(L, 2);
  lua_newtable(L);  // keeps the coroutines
  alive = count;
  for (int i = 1; i <= count; ++i) {
    lua_State* co = lua_newthread(L);
    lua_rawseti(L, 3, i);
    lua_rawgeti(L, 1, i);
    lua_xmove(L, co, 1);
    Resume(co, 0);
  }
  struct epoll_event events[kMaxEvents];
  while (alive > 0) {
    int ready = epoll_wait(loop_fd, events, kMaxEvents, -1);
    for (int i = 0; i < ready; ++i) {
      Connection* connection = events[i].data.ptr;
      if (connection->waiting == NULL) continue;
      int flags = 0;
      if (events[i].events & EPOLLIN) flags |= MYSQL_WAIT_READ;
      if (events[i].events & EPOLLOUT) flags |= MYSQL_WAIT_WRITE;
      int wait = Continue(connection, flags);
      if (events[i].events & EPOLLOUT) Watch(connection, EPOLL_CTL_MOD, wait);
      if (wait != 0) continue;
      lua_State* co = connection->waiting;
      connection->waiting = NULL;
      Resume(co, Results(co, connection));
    }
  }
  return 0;
}

static int Now(lua_State* L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (double)now.tv_sec + (double)now.tv_nsec * 1e-9);
  return 1;
}

static void SetFunctions(lua_State* L, const luaL_Reg* functions) {
  for (const luaL_Reg* f = functions; f->name != NULL; ++f) {
    lua_pushcfunction(L, f->func);
    lua_setfield(L, -2, f->name);
  }
}

static void NewType(lua_State* L, const char* name, const luaL_Reg* methods) {
  luaL_newmetatable(L, name);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  SetFunctions(L, methods);
  lua_pop(L, 1);
}

int luaopen_bench_mariadb(lua_State* L) {
  static const luaL_Reg kConnection[] = {{"statement", NewStatement},
                                         {NULL, NULL}};
  static const luaL_Reg kStatement[] = {
      {"prepare", Prepare}, {"bind_param", BindParam}, {"execute", Execute},
      {"fetch", Fetch},     {"close", Close},          {NULL, NULL}};
  static const luaL_Reg kFunctions[] = {
      {"connect", Connect}, {"run", Run}, {"now", Now}, {NULL, NULL}};
  NewType(L, "bench.connection", kConnection);
  NewType(L, "bench.statement", kStatement);
  lua_newtable(L);
  SetFunctions(L, kFunctions);
  return 1;
}
