#include "lua-client/src/decode.h"

#include <cstdio>
#include <string>

#include "absl/strings/string_view.h"
#include "berth/client/wire_reader.h"

namespace berth::lua {
namespace {

using client::WireMessage;
using client::WireReader;
using Columns = google::protobuf::RepeatedPtrField<v1::Column>;

constexpr int64_t kMaxExact = int64_t{1} << 53;

void SetUint(lua_State* L, const char* name, uint64_t value) {
  PushUint(L, value);
  lua_setfield(L, -2, name);
}

void SetFlag(lua_State* L, const char* name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

void PushText(lua_State* L, absl::string_view text) {
  lua_pushlstring(L, text.data(), text.size());
}

// Pushes the value; false, and nothing, for NULL.
bool PushValue(lua_State* L, absl::string_view bytes) {
  WireReader value(bytes);
  if (!value.Next()) return false;
  switch (value.field()) {
    case v1::Value::kIntValueFieldNumber:
      PushInt(L, value.signed_number());
      return true;
    case v1::Value::kUintValueFieldNumber:
      PushUint(L, value.number());
      return true;
    case v1::Value::kDoubleValueFieldNumber:
      lua_pushnumber(L, value.real());
      return true;
    case v1::Value::kBoolValueFieldNumber:
      lua_pushboolean(L, value.number() != 0);
      return true;
    case v1::Value::kTextFieldNumber:
    case v1::Value::kBlobFieldNumber:
    case v1::Value::kDecimalFieldNumber:
    case v1::Value::kJsonFieldNumber:
    case v1::Value::kDateFieldNumber:
    case v1::Value::kDatetimeFieldNumber:
    case v1::Value::kTimeFieldNumber:
      PushText(L, value.bytes());
      return true;
    default:
      return false;
  }
}

// Sets what a column is in the table on the top of the stack.
void SetColumn(lua_State* L, absl::string_view name, absl::string_view table,
               v1::ColumnType type) {
  constexpr size_t kPrefix = sizeof("COLUMN_TYPE_") - 1;
  PushText(L, name);
  lua_setfield(L, -2, "name");
  PushText(L, table);
  lua_setfield(L, -2, "table");
  // A type that is newer than this client has no name.
  const std::string& type_name = v1::ColumnType_Name(type);
  lua_pushstring(
      L, type_name.empty() ? "UNSPECIFIED" : type_name.c_str() + kPrefix);
  lua_setfield(L, -2, "type");
}

// Pushes the description of a column.
void PushColumn(lua_State* L, absl::string_view bytes) {
  absl::string_view name, table;
  v1::ColumnType type = v1::COLUMN_TYPE_UNSPECIFIED;
  bool nullable = false, is_unsigned = false;
  uint64_t length = 0, decimals = 0;
  WireReader column(bytes);
  while (column.Next()) {
    switch (column.field()) {
      case v1::Column::kNameFieldNumber:
        name = column.bytes();
        break;
      case v1::Column::kTableFieldNumber:
        table = column.bytes();
        break;
      case v1::Column::kTypeFieldNumber:
        type = static_cast<v1::ColumnType>(column.number());
        break;
      case v1::Column::kNullableFieldNumber:
        nullable = column.number() != 0;
        break;
      case v1::Column::kUnsignedFieldNumber:
        is_unsigned = column.number() != 0;
        break;
      case v1::Column::kLengthFieldNumber:
        length = column.number();
        break;
      case v1::Column::kDecimalsFieldNumber:
        decimals = column.number();
        break;
      default:
        break;
    }
  }
  lua_createtable(L, 0, 7);
  SetColumn(L, name, table, type);
  SetFlag(L, "nullable", nullable);
  SetFlag(L, "unsigned", is_unsigned);
  SetUint(L, "length", length);
  SetUint(L, "decimals", decimals);
}

// Descriptions of columns that are kept at most; then all are forgotten.
constexpr int kMaxKept = 256;

// Pushes the table that keeps descriptions by their bytes, and their number at
// 1.
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

// Pushes the description of columns: the fields `field` of a message. Results
// of the same columns share one: it is only read.
void PushColumns(lua_State* L, absl::string_view columns, uint32_t field) {
  PushKept(L);
  PushText(L, columns);
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    int count = 0;
    WireReader reader(columns);
    while (reader.Next()) {
      if (reader.field() != field) continue;
      PushColumn(L, reader.bytes());
      lua_rawseti(L, -2, ++count);
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

// A serialised ResultChunk, looked through.
struct Chunk {
  explicit Chunk(absl::string_view from) : bytes(from) {
    WireReader reader(bytes);
    while (reader.Next()) {
      switch (reader.field()) {
        case v1::ResultChunk::kResultIndexFieldNumber:
          index = reader.number();
          break;
        case v1::ResultChunk::kColumnsFieldNumber: {
          // One piece, whatever may lie between them.
          const char* begin =
              column_count == 0 ? reader.field_begin() : columns.data();
          columns = absl::string_view(begin, reader.field_end() - begin);
          ++column_count;
          break;
        }
        case v1::ResultChunk::kRowsFieldNumber:
          has_rows = true;
          break;
        case v1::ResultChunk::kEndFieldNumber:
          has_end = true;
          end = reader.bytes();
          break;
        default:
          break;
      }
    }
    ok = reader.ok();
  }

  absl::string_view bytes, columns, end;
  uint64_t index = 0;
  int column_count = 0;
  bool has_rows = false, has_end = false, ok = false;
};

// A serialised ResultEnd, looked through.
struct End {
  explicit End(absl::string_view bytes) {
    WireReader reader(bytes);
    while (reader.Next()) {
      if (reader.field() == v1::ResultEnd::kTruncatedFieldNumber) {
        truncated = reader.number() != 0;
      } else if (reader.field() == v1::ResultEnd::kWarningCountFieldNumber) {
        warnings = reader.number();
      } else if (reader.field() == v1::ResultEnd::kWriteFieldNumber) {
        has_write = true;
        write = reader.bytes();
      }
    }
  }

  absl::string_view write;
  uint64_t warnings = 0;
  bool truncated = false, has_write = false;
};

// Adds a row to the array at `rows`; the names of its columns are on the stack
// from `names`.
void AddRow(lua_State* L, absl::string_view bytes, int columns, int names,
            int rows, int* count) {
  lua_createtable(L, 0, columns);
  int i = -1;
  WireReader row(bytes);
  while (row.Next()) {
    if (row.field() != v1::Row::kValuesFieldNumber) continue;
    // The value first: NULL leaves nothing behind.
    if (++i >= columns || !PushValue(L, row.bytes())) continue;
    lua_pushvalue(L, names + i);
    lua_insert(L, -2);
    lua_rawset(L, -3);
  }
  lua_rawseti(L, rows, ++*count);
}

void AddRows(lua_State* L, const Chunk& chunk, int columns, int names, int rows,
             int* count) {
  WireReader reader(chunk.bytes);
  while (chunk.has_rows && reader.Next()) {
    if (reader.field() != v1::ResultChunk::kRowsFieldNumber) continue;
    WireReader list(reader.bytes());
    while (list.Next()) {
      if (list.field() != v1::Rows::kRowsFieldNumber) continue;
      AddRow(L, list.bytes(), columns, names, rows, count);
    }
  }
}

// Pushes the names of the description on the top of the stack.
void PushNames(lua_State* L, int columns) {
  int description = lua_gettop(L);
  luaL_checkstack(L, columns + 12, "a result has too many columns");
  for (int i = 1; i <= columns; ++i) {
    lua_rawgeti(L, description, i);
    lua_getfield(L, -1, "name");
    lua_replace(L, -2);
  }
}

// One result whose chunks `payload(0)` to `payload(n - 1)` gives.
template <typename Payload>
void PushRows(lua_State* L, int n, const Payload& payload) {
  const Chunk first(payload(0));
  int columns = first.column_count;
  lua_createtable(L, 0, 6);
  int result = lua_gettop(L);
  lua_newtable(L);
  int rows = lua_gettop(L);
  PushColumns(L, first.columns, v1::ResultChunk::kColumnsFieldNumber);
  lua_pushvalue(L, -1);
  lua_setfield(L, result, "columns");
  // Kept on the stack: a cell costs no look-up of its name.
  PushNames(L, columns);
  int count = 0;
  absl::string_view end;
  for (int i = 0; i < n; ++i) {
    const Chunk chunk(payload(i));
    if (!chunk.ok) luaL_error(L, "the service's answer cannot be read");
    AddRows(L, chunk, columns, rows + 2, rows, &count);
    end = chunk.end;
  }
  lua_settop(L, rows);
  lua_setfield(L, result, "rows");
  lua_pushinteger(L, count);
  lua_setfield(L, result, "n");
  SetFlag(L, "truncated", End(end).truncated);
  SetUint(L, "warnings", End(end).warnings);
}

// Sets the generated ids in the table on the top of the stack: as `ids`, and
// the first one as `last_insert_id`.
void SetIds(lua_State* L, absl::string_view write,
            const v1::SessionState* state) {
  lua_newtable(L);
  int count = 0;
  uint64_t first = 0;
  auto add = [&](uint64_t id) {
    if (count == 0) first = id;
    PushUint(L, id);
    lua_rawseti(L, -2, ++count);
  };
  WireReader reader(write);
  while (reader.Next()) {
    if (reader.field() != v1::WriteResult::kGeneratedIdsFieldNumber) continue;
    if (!reader.is_bytes()) {
      add(reader.number());
      continue;
    }
    WireReader packed(reader.bytes());
    while (packed.NextNumber()) add(packed.number());
  }
  lua_setfield(L, -2, "ids");
  if (count > 0) {
    SetUint(L, "last_insert_id", first);
  } else if (state != nullptr && state->last_insert_id() != 0) {
    SetUint(L, "last_insert_id", state->last_insert_id());
  }
}

// Sets what a write did in the table on the top of the stack.
void SetWrite(lua_State* L, absl::string_view bytes,
              const v1::SessionState* state) {
  uint64_t affected = 0, warnings = 0;
  WireReader write(bytes);
  while (write.Next()) {
    switch (write.field()) {
      case v1::WriteResult::kAffectedRowsFieldNumber:
        affected = write.number();
        break;
      case v1::WriteResult::kWarningCountFieldNumber:
        warnings = write.number();
        break;
      case v1::WriteResult::kMatchedRowsFieldNumber:
        SetUint(L, "matched", write.number());
        break;
      case v1::WriteResult::kReturnedFieldNumber: {
        const absl::string_view returned = write.bytes();
        PushRows(L, 1, [&returned](int) { return returned; });
        lua_setfield(L, -2, "returned");
        break;
      }
      default:
        break;
    }
  }
  if (!write.ok()) luaL_error(L, "the service's answer cannot be read");
  SetUint(L, "affected", affected);
  SetUint(L, "warnings", warnings);
  SetIds(L, bytes, state);
}

// One result: `n` messages of an answer.
void PushResult(lua_State* L, const WireMessage* messages, int n,
                const v1::SessionState* state) {
  const End end(Chunk(messages[n - 1].payload).end);
  if (Chunk(messages[0].payload).column_count == 0) {
    lua_createtable(L, 0, 6);
    SetWrite(L, end.write, state);
    if (end.warnings != 0) SetUint(L, "warnings", end.warnings);
    return;
  }
  PushRows(L, n, [messages](int i) {
    return absl::string_view(messages[i].payload);
  });
  if (end.has_write) SetWrite(L, end.write, state);
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

void PushResults(lua_State* L, const std::vector<WireMessage>& answer,
                 const v1::SessionState* state) {
  int size = static_cast<int>(answer.size());
  int top = lua_gettop(L) + 1;  // where the first result will be
  int results = 0;
  for (int i = 0; i < size;) {
    int end = i + 1;
    const uint64_t index = Chunk(answer[i].payload).index;
    while (end < size && Chunk(answer[end].payload).index == index) ++end;
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

// Pushes the description of columns that are parsed, as those of statements
// are.
void PushDescription(lua_State* L, const Columns& columns) {
  lua_createtable(L, columns.size(), 0);
  for (int i = 0; i < columns.size(); ++i) {
    lua_createtable(L, 0, 7);
    SetColumn(L, columns.Get(i).name(), columns.Get(i).table(),
              columns.Get(i).type());
    SetFlag(L, "nullable", columns.Get(i).nullable());
    SetFlag(L, "unsigned", columns.Get(i).unsigned_());
    SetUint(L, "length", columns.Get(i).length());
    SetUint(L, "decimals", columns.Get(i).decimals());
    lua_rawseti(L, -2, i + 1);
  }
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

void PushAnswer(lua_State* L, const std::vector<WireMessage>& answer,
                const v1::SessionState* state) {
  luaL_checkstack(L, 16, "an answer");
  if (!answer.empty() && answer.front().kind == WireMessage::Kind::kResult) {
    PushResults(L, answer, state);
    return;
  }
  lua_createtable(L, 0, 6);
  if (answer.empty()) return;
  const WireMessage& only = answer.front();
  if (only.kind == WireMessage::Kind::kWrite) {
    SetWrite(L, only.payload, state);
  } else if (only.head.has_prepared()) {
    SetUint(L, "handle", only.head.prepared().handle());
    SetUint(L, "parameter_count", only.head.prepared().parameter_count());
    PushDescription(L, only.head.prepared().columns());
    lua_setfield(L, -2, "columns");
  } else if (only.head.has_cursor()) {
    SetUint(L, "cursor", only.head.cursor().cursor());
    PushDescription(L, only.head.cursor().columns());
    lua_setfield(L, -2, "columns");
  }
}

void PushChunk(lua_State* L, const WireMessage& message, int state) {
  luaL_checkstack(L, 16, "an answer");
  const Chunk chunk(message.payload);
  if (!chunk.ok) luaL_error(L, "the service's answer cannot be read");
  if (chunk.column_count > 0 && chunk.index == 0) {
    PushColumns(L, chunk.columns, v1::ResultChunk::kColumnsFieldNumber);
    lua_setfield(L, state, "columns");
  }
  if (chunk.has_end && chunk.index == 0) {
    lua_pushboolean(L, End(chunk.end).truncated);
    lua_setfield(L, state, "truncated");
  }
  lua_newtable(L);
  int rows = lua_gettop(L);
  lua_getfield(L, state, "columns");
  // Of several results, as a CALL has them, the first one is told.
  if (lua_isnil(L, -1) || chunk.index != 0) {
    lua_settop(L, rows);
    return;
  }
  int columns = static_cast<int>(lua_rawlen(L, -1));
  PushNames(L, columns);
  int count = 0;
  AddRows(L, chunk, columns, rows + 2, rows, &count);
  lua_settop(L, rows);
}

}  // namespace berth::lua
