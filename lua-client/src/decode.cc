#include "lua-client/src/decode.h"

#include <cstdio>
#include <string>

namespace berth::lua {
namespace {

constexpr int64_t kMaxExact = int64_t{1} << 53;

void SetUint(lua_State* L, const char* name, uint64_t value) {
  PushUint(L, value);
  lua_setfield(L, -2, name);
}

void SetFlag(lua_State* L, const char* name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

void PushText(lua_State* L, const std::string& text) {
  lua_pushlstring(L, text.data(), text.size());
}

// Pushes the value; false, and nothing, for NULL.
bool PushValue(lua_State* L, const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kIntValue:
      PushInt(L, value.int_value());
      return true;
    case v1::Value::kUintValue:
      PushUint(L, value.uint_value());
      return true;
    case v1::Value::kDoubleValue:
      lua_pushnumber(L, value.double_value());
      return true;
    case v1::Value::kBoolValue:
      lua_pushboolean(L, value.bool_value());
      return true;
    case v1::Value::kText:
      PushText(L, value.text());
      return true;
    case v1::Value::kBlob:
      PushText(L, value.blob());
      return true;
    case v1::Value::kDecimal:
      PushText(L, value.decimal());
      return true;
    case v1::Value::kJson:
      PushText(L, value.json());
      return true;
    case v1::Value::kDate:
      PushText(L, value.date());
      return true;
    case v1::Value::kDatetime:
      PushText(L, value.datetime());
      return true;
    case v1::Value::kTime:
      PushText(L, value.time());
      return true;
    default:
      return false;
  }
}

void PushColumn(lua_State* L, const v1::Column& column) {
  constexpr size_t kPrefix = sizeof("COLUMN_TYPE_") - 1;
  lua_createtable(L, 0, 7);
  PushText(L, column.name());
  lua_setfield(L, -2, "name");
  PushText(L, column.table());
  lua_setfield(L, -2, "table");
  // A type that is newer than this client has no name.
  const std::string& type = v1::ColumnType_Name(column.type());
  lua_pushstring(L, type.empty() ? "UNSPECIFIED" : type.c_str() + kPrefix);
  lua_setfield(L, -2, "type");
  SetFlag(L, "nullable", column.nullable());
  SetFlag(L, "unsigned", column.unsigned_());
  SetUint(L, "length", column.length());
  SetUint(L, "decimals", column.decimals());
}

using Columns = google::protobuf::RepeatedPtrField<v1::Column>;

// Descriptions of columns that are kept at most; then all are forgotten.
constexpr int kMaxKept = 256;

// What tells columns from others. Lives as long as its thread: nothing here may
// have a destructor to run, see lua_compat.h.
const std::string& KeyOf(const Columns& columns) {
  static thread_local std::string* const key = new std::string;
  key->clear();
  for (const v1::Column& column : columns) {
    const uint64_t numbers[] = {column.name().size(),
                                column.table().size(),
                                static_cast<uint64_t>(column.type()),
                                column.nullable(),
                                column.unsigned_(),
                                column.length(),
                                column.decimals()};
    key->append(reinterpret_cast<const char*>(numbers), sizeof(numbers));
    key->append(column.name()).append(column.table());
  }
  return *key;
}

// Pushes the table that keeps descriptions by key, and their number at 1.
void PushKept(lua_State* L) {
  static char place;
  lua_pushlightuserdata(L, &place);
  lua_rawget(L, LUA_REGISTRYINDEX);
  if (lua_istable(L, -1)) {
    lua_rawgeti(L, -1, 1);
    int kept = static_cast<int>(lua_tointeger(L, -1));
    lua_pop(L, 1);
    if (kept < kMaxKept) return;
  }
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushlightuserdata(L, &place);
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

// Pushes the description of columns. Results of the same columns share one: it
// is only read.
void PushColumns(lua_State* L, const Columns& columns) {
  PushKept(L);
  const std::string& key = KeyOf(columns);
  lua_pushlstring(L, key.data(), key.size());
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_createtable(L, columns.size(), 0);
    for (int i = 0; i < columns.size(); ++i) {
      PushColumn(L, columns.Get(i));
      lua_rawseti(L, -2, i + 1);
    }
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
    lua_rawgeti(L, -3, 1);
    lua_pushinteger(L, lua_tointeger(L, -1) + 1);
    lua_rawseti(L, -5, 1);
    lua_pop(L, 1);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

// Adds the rows of a chunk to the table at `rows`; the names of the columns are
// on the stack from `names`.
void AddRows(lua_State* L, const v1::ResultChunk& chunk, int columns, int names,
             int rows, int* count) {
  for (const v1::Row& row : chunk.rows().rows()) {
    lua_createtable(L, 0, columns);
    int cells = row.values_size() < columns ? row.values_size() : columns;
    for (int i = 0; i < cells; ++i) {
      // The value first: NULL leaves nothing behind.
      if (!PushValue(L, row.values(i))) continue;
      lua_pushvalue(L, names + i);
      lua_insert(L, -2);
      lua_rawset(L, -3);
    }
    lua_rawseti(L, rows, ++*count);
  }
}

// One result whose chunks `chunk(0)` to `chunk(n - 1)` gives.
template <typename Chunk>
void PushRows(lua_State* L, int n, const Chunk& chunk) {
  const v1::ResultChunk& first = chunk(0);
  int columns = first.columns_size();
  luaL_checkstack(L, columns + 12, "a result has too many columns");
  lua_createtable(L, 0, 6);
  int result = lua_gettop(L);
  PushColumns(L, first.columns());
  lua_setfield(L, result, "columns");
  lua_createtable(L, first.rows().rows_size(), 0);
  int rows = lua_gettop(L);
  // Made once and kept on the stack: a cell costs no look-up of its name.
  for (int i = 0; i < columns; ++i) PushText(L, first.columns(i).name());
  int count = 0;
  for (int i = 0; i < n; ++i) {
    AddRows(L, chunk(i), columns, rows + 1, rows, &count);
  }
  lua_settop(L, rows);
  lua_setfield(L, result, "rows");
  lua_pushinteger(L, count);
  lua_setfield(L, result, "n");
  const v1::ResultEnd& end = chunk(n - 1).end();
  SetFlag(L, "truncated", end.truncated());
  SetUint(L, "warnings", end.warning_count());
}

// Sets what a write did in the table on the top of the stack.
void SetWrite(lua_State* L, const v1::WriteResult& write,
              const v1::SessionState* state) {
  SetUint(L, "affected", write.affected_rows());
  if (write.has_matched_rows()) SetUint(L, "matched", write.matched_rows());
  SetUint(L, "warnings", write.warning_count());
  int ids = write.generated_ids_size();
  lua_createtable(L, ids, 0);
  for (int i = 0; i < ids; ++i) {
    PushUint(L, write.generated_ids(i));
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "ids");
  if (ids > 0) {
    SetUint(L, "last_insert_id", write.generated_ids(0));
  } else if (state != nullptr && state->last_insert_id() != 0) {
    SetUint(L, "last_insert_id", state->last_insert_id());
  }
  if (write.has_returned()) {
    PushRows(L, 1, [&write](int) -> const v1::ResultChunk& {
      return write.returned();
    });
    lua_setfield(L, -2, "returned");
  }
}

// One result: `n` messages of an answer.
void PushResult(lua_State* L, const v1::SessionResponse* messages, int n,
                const v1::SessionState* state) {
  const v1::ResultEnd& end = messages[n - 1].result().end();
  if (messages[0].result().columns_size() == 0) {
    lua_createtable(L, 0, 6);
    SetWrite(L, end.write(), state);
    if (end.warning_count() != 0) SetUint(L, "warnings", end.warning_count());
    return;
  }
  PushRows(L, n, [messages](int i) -> const v1::ResultChunk& {
    return messages[i].result();
  });
  if (end.has_write()) SetWrite(L, end.write(), state);
}

// Copies the fields of the table on the top of the stack to a new one.
void PushShallowCopy(lua_State* L) {
  int from = lua_gettop(L);
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, from) != 0) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, from + 1);
  }
}

void PushResults(lua_State* L, const std::vector<v1::SessionResponse>& answer,
                 const v1::SessionState* state) {
  int size = static_cast<int>(answer.size());
  int top = lua_gettop(L) + 1;  // where the first result will be
  int results = 0;
  for (int i = 0; i < size;) {
    int end = i + 1;
    while (end < size && answer[end].result().result_index() ==
                             answer[i].result().result_index()) {
      ++end;
    }
    PushResult(L, &answer[i], end - i, state);
    if (++results == 2) {
      // There are several: the first one is an entry of the list, and its
      // fields are at the top level as well.
      lua_newtable(L);
      lua_pushvalue(L, top);
      PushShallowCopy(L);
      lua_rawseti(L, -3, 1);
      lua_pop(L, 1);
      lua_insert(L, top + 1);
    }
    if (results >= 2) lua_rawseti(L, top + 1, results);
    i = end;
  }
  if (results >= 2) lua_setfield(L, top, "results");
}

}  // namespace

void PushInt(lua_State* L, int64_t value) {
  if constexpr (sizeof(lua_Integer) >= sizeof(int64_t) &&
                LUA_VERSION_NUM >= 503) {
    lua_pushinteger(L, static_cast<lua_Integer>(value));
  } else if (value >= -kMaxExact && value <= kMaxExact) {
    lua_pushnumber(L, static_cast<lua_Number>(value));
  } else {
    char digits[24];
    int length = std::snprintf(digits, sizeof(digits), "%lld",
                               static_cast<long long>(value));
    lua_pushlstring(L, digits, length);
  }
}

void PushUint(lua_State* L, uint64_t value) {
  if (value <= static_cast<uint64_t>(INT64_MAX)) {
    PushInt(L, static_cast<int64_t>(value));
    return;
  }
  char digits[24];
  int length = std::snprintf(digits, sizeof(digits), "%llu",
                             static_cast<unsigned long long>(value));
  lua_pushlstring(L, digits, length);
}

void PushAnswer(lua_State* L, const std::vector<v1::SessionResponse>& answer,
                const v1::SessionState* state) {
  luaL_checkstack(L, 16, "an answer");
  if (!answer.empty() && answer.front().has_result()) {
    PushResults(L, answer, state);
    return;
  }
  lua_createtable(L, 0, 6);
  if (answer.empty()) return;
  const v1::SessionResponse& only = answer.front();
  if (only.has_write()) {
    SetWrite(L, only.write(), state);
  } else if (only.has_prepared()) {
    SetUint(L, "handle", only.prepared().handle());
    SetUint(L, "parameter_count", only.prepared().parameter_count());
    PushColumns(L, only.prepared().columns());
    lua_setfield(L, -2, "columns");
  } else if (only.has_cursor()) {
    SetUint(L, "cursor", only.cursor().cursor());
    PushColumns(L, only.cursor().columns());
    lua_setfield(L, -2, "columns");
  }
}

void PushChunk(lua_State* L, const v1::SessionResponse& message, int state) {
  luaL_checkstack(L, 16, "an answer");
  const v1::ResultChunk& chunk = message.result();
  if (chunk.columns_size() > 0 && chunk.result_index() == 0) {
    PushColumns(L, chunk.columns());
    lua_setfield(L, state, "columns");
    lua_createtable(L, chunk.columns_size(), 0);
    for (int i = 0; i < chunk.columns_size(); ++i) {
      PushText(L, chunk.columns(i).name());
      lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, state, "names");
  }
  if (chunk.has_end() && chunk.result_index() == 0) {
    lua_pushboolean(L, chunk.end().truncated());
    lua_setfield(L, state, "truncated");
  }
  lua_createtable(L, chunk.rows().rows_size(), 0);
  int rows = lua_gettop(L);
  lua_getfield(L, state, "names");
  // Of several results, as a CALL has them, the first one is told.
  if (lua_isnil(L, -1) || chunk.result_index() != 0) {
    lua_settop(L, rows);
    return;
  }
  int columns = static_cast<int>(lua_rawlen(L, -1));
  luaL_checkstack(L, columns + 8, "a result has too many columns");
  for (int i = 0; i < columns; ++i) lua_rawgeti(L, rows + 1, i + 1);
  int count = 0;
  AddRows(L, chunk, columns, rows + 2, rows, &count);
  lua_settop(L, rows);
}

}  // namespace berth::lua
