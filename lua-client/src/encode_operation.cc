#include <strings.h>

#include <cmath>
#include <cstring>

#include "berth/client/value.h"
#include "lua-client/src/encode.h"

namespace berth::lua {
namespace {

using Strings = google::protobuf::RepeatedPtrField<std::string>;

// Pushes the field; its type.
int Field(Encoder& e, int index, const char* name) {
  lua_getfield(e.L, index, name);
  return lua_type(e.L, -1);
}

bool GetFlag(Encoder& e, int index, const char* name) {
  Field(e, index, name);
  bool flag = lua_toboolean(e.L, -1);
  lua_pop(e.L, 1);
  return flag;
}

// Reads a field that is a count; `*present` tells whether it is there.
bool GetCount(Encoder& e, int index, const char* name, uint64_t* count,
              bool* present) {
  int type = Field(e, index, name);
  *present = type != LUA_TNIL;
  if (*present) {
    double number = lua_tonumber(e.L, -1);
    if (type != LUA_TNUMBER || !(number >= 0) || number > 1e15 ||
        number != std::floor(number)) {
      return Complain(e, "%s must be a whole number from 0", name);
    }
    *count = static_cast<uint64_t>(number);
  }
  lua_pop(e.L, 1);
  return true;
}

bool CopyText(Encoder& e, int index, const char* name, std::string* text) {
  if (lua_type(e.L, index) != LUA_TSTRING) {
    return Complain(e, "%s must be a string, not a %s", name,
                    luaL_typename(e.L, index));
  }
  size_t length;
  const char* bytes = lua_tolstring(e.L, index, &length);
  if (!client::IsValidUtf8(absl::string_view(bytes, length))) {
    return Complain(e, "%s must be valid UTF-8", name);
  }
  text->assign(bytes, length);
  return true;
}

bool GetTable(Encoder& e, int index, const char* name, bool* present) {
  int type = Field(e, index, name);
  *present = type != LUA_TNIL;
  if (*present && type != LUA_TTABLE) {
    return Complain(e, "%s must be a table, not a %s", name,
                    lua_typename(e.L, type));
  }
  return true;
}

// Reads an array of strings, if it is there.
bool GetNames(Encoder& e, int index, const char* name, Strings* names) {
  bool present;
  if (!GetTable(e, index, name, &present)) return false;
  if (present) {
    int list = lua_gettop(e.L);
    int size = static_cast<int>(lua_rawlen(e.L, list));
    for (int i = 1; i <= size; ++i) {
      lua_rawgeti(e.L, list, i);
      if (!CopyText(e, list + 1, name, names->Add())) return false;
      lua_pop(e.L, 1);
    }
  }
  lua_pop(e.L, 1);
  return true;
}

bool GetParameters(Encoder& e, int index,
                   google::protobuf::RepeatedPtrField<v1::Value>* values) {
  bool present;
  if (!GetTable(e, index, "params", &present)) return false;
  if (present &&
      !EncodeValues(e, lua_gettop(e.L), -1, Lists::kAllowed, values)) {
    return ComplainAt(e, "params");
  }
  lua_pop(e.L, 1);
  return true;
}

template <typename Spec>
bool GetFilter(Encoder& e, int index, Spec* spec) {
  v1::Filter* filter = spec->mutable_filter();
  if (!GetText(e, index, "where", filter->mutable_where()) ||
      !GetParameters(e, index, filter->mutable_parameters())) {
    return false;
  }
  if (filter->where().empty() && filter->parameters().empty()) {
    spec->clear_filter();
  }
  return true;
}

bool GetTableName(Encoder& e, int index, std::string* table) {
  if (!GetText(e, index, "table", table)) return false;
  return !table->empty() || Complain(e, "table is missing");
}

bool GetOrder(Encoder& e, int index, v1::SelectSpec* spec) {
  bool present;
  if (!GetTable(e, index, "order_by", &present)) return false;
  if (present) {
    int list = lua_gettop(e.L);
    int size = static_cast<int>(lua_rawlen(e.L, list));
    for (int i = 1; i <= size; ++i) {
      lua_rawgeti(e.L, list, i);
      if (lua_type(e.L, -1) != LUA_TTABLE) {
        return Complain(e, "order_by[%d] must be a table", i);
      }
      v1::Order* order = spec->add_order_by();
      if (!GetText(e, list + 1, "column", order->mutable_column()))
        return false;
      order->set_descending(GetFlag(e, list + 1, "descending"));
      lua_pop(e.L, 1);
    }
  }
  lua_pop(e.L, 1);
  return true;
}

// Reads a field that is one of a few words, if it is there. `words` ends with a
// null; `*which` is the position, or -1.
bool GetWord(Encoder& e, int index, const char* name, const char* const* words,
             int* which) {
  *which = -1;
  int type = Field(e, index, name);
  if (type != LUA_TNIL) {
    const char* word = type == LUA_TSTRING ? lua_tostring(e.L, -1) : "";
    for (int i = 0; words[i] != nullptr; ++i) {
      if (strcasecmp(word, words[i]) == 0) *which = i;
    }
    if (*which < 0)
      return Complain(e, "%s has no meaning \"%.40s\"", name, word);
  }
  lua_pop(e.L, 1);
  return true;
}

bool EncodeSelect(Encoder& e, int index, v1::SelectSpec* spec) {
  static const char* const kLocks[] = {"update", "share", nullptr};
  if (!GetTableName(e, index, spec->mutable_table()) ||
      !GetNames(e, index, "columns", spec->mutable_columns()) ||
      !GetFilter(e, index, spec) || !GetOrder(e, index, spec)) {
    return false;
  }
  uint64_t count;
  bool present;
  if (!GetCount(e, index, "limit", &count, &present)) return false;
  if (present) spec->set_limit(count);
  if (!GetCount(e, index, "offset", &count, &present)) return false;
  if (present) spec->set_offset(count);
  if (!GetCount(e, index, "max_rows", &count, &present)) return false;
  if (present) spec->set_max_rows(count);
  int lock;
  if (!GetWord(e, index, "lock", kLocks, &lock)) return false;
  if (lock >= 0) spec->set_lock(lock == 0 ? v1::LOCK_UPDATE : v1::LOCK_SHARE);
  spec->set_count_only(GetFlag(e, index, "count_only"));
  return true;
}

bool EncodeInsert(Encoder& e, int index, v1::InsertSpec* spec) {
  static const char* const kConflicts[] = {"ignore", "update", nullptr};
  bool present;
  if (!GetTableName(e, index, spec->mutable_table()) ||
      !GetNames(e, index, "columns", spec->mutable_columns()) ||
      !GetNames(e, index, "update_columns", spec->mutable_update_columns()) ||
      !GetNames(e, index, "returning", spec->mutable_returning()) ||
      !GetTable(e, index, "rows", &present)) {
    return false;
  }
  if (!present) return Complain(e, "rows is missing");
  int list = lua_gettop(e.L);
  int size = static_cast<int>(lua_rawlen(e.L, list));
  spec->mutable_rows()->Reserve(size);
  for (int i = 1; i <= size; ++i) {
    lua_rawgeti(e.L, list, i);
    if (lua_type(e.L, -1) != LUA_TTABLE) {
      return Complain(e, "rows[%d] must be a table", i);
    }
    // A row without `n` has a value, or NULL, for each column.
    if (!EncodeValues(e, list + 1, spec->columns_size(), Lists::kRefused,
                      spec->add_rows()->mutable_values())) {
      return ComplainAt(e, "rows[%d]", i);
    }
    lua_pop(e.L, 1);
  }
  lua_pop(e.L, 1);
  int conflict;
  if (!GetWord(e, index, "on_conflict", kConflicts, &conflict)) return false;
  if (conflict == 0) spec->set_on_conflict(v1::ON_CONFLICT_IGNORE);
  if (conflict == 1) spec->set_on_conflict(v1::ON_CONFLICT_UPDATE);
  return true;
}

bool EncodeAssignment(Encoder& e, int index, v1::Assignment* assignment) {
  if (!GetText(e, index, "column", assignment->mutable_column())) return false;
  if (Field(e, index, "expression") != LUA_TNIL) {
    lua_pop(e.L, 1);
    v1::Filter* expression = assignment->mutable_expression();
    return GetText(e, index, "expression", expression->mutable_where()) &&
           GetParameters(e, index, expression->mutable_parameters());
  }
  Field(e, index, "value");
  if (!EncodeValue(e, lua_gettop(e.L), assignment->mutable_value(),
                   Lists::kRefused)) {
    return ComplainAt(e, "%.60s", assignment->column().c_str());
  }
  lua_pop(e.L, 2);
  return true;
}

bool EncodeUpdate(Encoder& e, int index, v1::UpdateSpec* spec) {
  bool present;
  if (!GetTableName(e, index, spec->mutable_table()) ||
      !GetTable(e, index, "set", &present)) {
    return false;
  }
  if (!present) return Complain(e, "set is missing");
  int list = lua_gettop(e.L);
  int size = static_cast<int>(lua_rawlen(e.L, list));
  for (int i = 1; i <= size; ++i) {
    lua_rawgeti(e.L, list, i);
    if (lua_type(e.L, -1) != LUA_TTABLE) {
      return Complain(e, "set[%d] must be a table", i);
    }
    if (!EncodeAssignment(e, list + 1, spec->add_assignments())) {
      return ComplainAt(e, "set[%d]", i);
    }
    lua_settop(e.L, list);
  }
  lua_pop(e.L, 1);
  spec->set_all_rows(GetFlag(e, index, "all_rows"));
  return GetFilter(e, index, spec);
}

bool EncodeDelete(Encoder& e, int index, v1::DeleteSpec* spec) {
  spec->set_all_rows(GetFlag(e, index, "all_rows"));
  return GetTableName(e, index, spec->mutable_table()) &&
         GetFilter(e, index, spec);
}

// Reads the field `sql` into a message with `sql` and `sql_bytes`.
template <typename Message>
bool GetSql(Encoder& e, int index, Message* message) {
  if (Field(e, index, "sql") != LUA_TSTRING) {
    return Complain(e, "sql must be a string");
  }
  size_t length;
  const char* sql = lua_tolstring(e.L, -1, &length);
  if (client::IsValidUtf8(absl::string_view(sql, length))) {
    message->set_sql(sql, length);
  } else {
    message->set_sql_bytes(sql, length);
  }
  lua_pop(e.L, 1);
  return true;
}

// Reads a field that is a handle, a cursor or an id.
bool GetNumber(Encoder& e, int index, const char* name, uint32_t* number) {
  uint64_t count = 0;
  bool present;
  if (!GetCount(e, index, name, &count, &present)) return false;
  if (!present) return Complain(e, "%s is missing", name);
  if (count > UINT32_MAX) return Complain(e, "%s is too large", name);
  *number = static_cast<uint32_t>(count);
  return true;
}

bool EncodeExecute(Encoder& e, int index, v1::Statement* statement) {
  int type = Field(e, index, "prepared");
  lua_pop(e.L, 1);
  uint32_t prepared = 0;
  if (type == LUA_TNIL) {
    if (!GetSql(e, index, statement)) return false;
  } else {
    if (!GetNumber(e, index, "prepared", &prepared)) return false;
    statement->set_prepared(prepared);
  }
  statement->set_cursor(GetFlag(e, index, "cursor"));
  return GetParameters(e, index, statement->mutable_parameters());
}

bool EncodeFetch(Encoder& e, int index, v1::FetchCursor* fetch) {
  uint32_t cursor;
  uint64_t max_rows;
  bool present;
  if (!GetNumber(e, index, "cursor", &cursor) ||
      !GetCount(e, index, "max_rows", &max_rows, &present)) {
    return false;
  }
  fetch->set_cursor(cursor);
  if (present) fetch->set_max_rows(max_rows);
  return true;
}

bool EncodeLongData(Encoder& e, int index, v1::LongDataChunk* chunk) {
  uint32_t prepared, parameter;
  if (!GetNumber(e, index, "prepared", &prepared) ||
      !GetNumber(e, index, "parameter", &parameter)) {
    return false;
  }
  chunk->set_prepared(prepared);
  chunk->set_parameter(parameter);
  if (Field(e, index, "data") != LUA_TSTRING) {
    return Complain(e, "data must be a string");
  }
  size_t length;
  const char* data = lua_tolstring(e.L, -1, &length);
  chunk->set_data(data, length);
  lua_pop(e.L, 1);
  return true;
}

bool EncodeBegin(Encoder& e, int index, v1::Begin* begin) {
  // In the order of v1::Isolation, from 1.
  static const char* const kIsolations[] = {"read uncommitted",
                                            "read committed", "repeatable read",
                                            "serializable", nullptr};
  int isolation;
  if (!GetWord(e, index, "isolation", kIsolations, &isolation)) return false;
  begin->set_isolation(static_cast<v1::Isolation>(isolation + 1));
  begin->set_read_only(GetFlag(e, index, "read_only"));
  return true;
}

bool EncodeSavepoint(Encoder& e, int index, v1::Savepoint* savepoint) {
  // In the order of v1::Savepoint::Action.
  static const char* const kActions[] = {"set", "rollback", "release", nullptr};
  int action;
  if (!GetWord(e, index, "action", kActions, &action)) return false;
  if (action > 0) {
    savepoint->set_action(static_cast<v1::Savepoint::Action>(action));
  }
  return GetText(e, index, "name", savepoint->mutable_name());
}

}  // namespace

bool GetText(Encoder& e, int index, const char* name, std::string* text) {
  int type = Field(e, index, name);
  if (type != LUA_TNIL && !CopyText(e, lua_gettop(e.L), name, text)) {
    return false;
  }
  lua_pop(e.L, 1);
  return true;
}

bool EncodeOperation(Encoder& e, const char* op, int index,
                     v1::SessionRequest* request) {
  if (!lua_checkstack(e.L, 16)) return Complain(e, "the Lua stack is full");
  request->Clear();
  request->set_chained(GetFlag(e, index, "chained"));
  uint32_t number;
  auto is = [op](const char* name) { return std::strcmp(op, name) == 0; };
  if (is("select")) return EncodeSelect(e, index, request->mutable_select());
  if (is("insert")) return EncodeInsert(e, index, request->mutable_insert());
  if (is("update")) return EncodeUpdate(e, index, request->mutable_update());
  if (is("delete")) return EncodeDelete(e, index, request->mutable_delete_());
  if (is("execute")) return EncodeExecute(e, index, request->mutable_execute());
  if (is("begin")) return EncodeBegin(e, index, request->mutable_begin());
  if (is("savepoint")) {
    return EncodeSavepoint(e, index, request->mutable_savepoint());
  }
  if (is("prepare")) return GetSql(e, index, request->mutable_prepare());
  if (is("fetch")) return EncodeFetch(e, index, request->mutable_fetch());
  if (is("long_data")) {
    return EncodeLongData(e, index, request->mutable_long_data());
  }
  if (is("close_prepared")) {
    if (!GetNumber(e, index, "handle", &number)) return false;
    request->mutable_close_prepared()->set_handle(number);
  } else if (is("close_cursor")) {
    if (!GetNumber(e, index, "cursor", &number)) return false;
    request->mutable_close_cursor()->set_cursor(number);
  } else if (is("cancel")) {
    if (!GetNumber(e, index, "request_id", &number)) return false;
    request->mutable_cancel()->set_request_id(number);
  } else if (is("autocommit")) {
    request->mutable_autocommit()->set_enabled(GetFlag(e, index, "enabled"));
  } else if (is("commit")) {
    request->mutable_commit();
  } else if (is("rollback")) {
    request->mutable_rollback();
  } else if (is("ping")) {
    request->mutable_ping();
  } else if (is("reset")) {
    request->mutable_reset();
  } else {
    return Complain(e, "there is no operation \"%.40s\"", op);
  }
  return true;
}

}  // namespace berth::lua
