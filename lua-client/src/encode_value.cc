#include <cerrno>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "berth/client/value.h"
#include "lua-client/src/encode.h"

namespace berth::lua {
namespace {

constexpr double kMaxExact = 9007199254740992.0;  // 2^53
// A bound against a wrong `n`; the service's own limits are below it.
constexpr int kMaxValues = 65'535;

bool IsUtf8(const char* text, size_t length) {
  return client::IsValidUtf8(absl::string_view(text, length));
}

bool EncodeNumber(Encoder& e, int index, v1::Value* value) {
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(e.L, index)) {
    value->set_int_value(lua_tointeger(e.L, index));
    return true;
  }
#endif
  double number = lua_tonumber(e.L, index);
  if (!std::isfinite(number)) {
    return Complain(e, "MariaDB stores no NaN and no infinity");
  }
  if (number == std::floor(number) && std::fabs(number) < kMaxExact) {
    value->set_int_value(static_cast<int64_t>(number));
  } else {
    value->set_double_value(number);
  }
  return true;
}

// A table such as { __berth = "decimal", "1.50" }; kind and text are on the top
// of the stack.
bool EncodeTagged(Encoder& e, v1::Value* value) {
  const char* kind = lua_tostring(e.L, -2);
  if (std::strcmp(kind, "long_data") == 0) {
    value->mutable_long_data();  // its bytes were sent before
    return true;
  }
  // Digits of an unsigned integer may come as a number as well.
  bool is_uint = std::strcmp(kind, "uint") == 0;
  if (lua_type(e.L, -1) != LUA_TSTRING &&
      !(is_uint && lua_type(e.L, -1) == LUA_TNUMBER)) {
    return Complain(e, "a value of the kind \"%s\" is a string at [1]", kind);
  }
  size_t length;
  const char* text = lua_tolstring(e.L, -1, &length);
  if (is_uint) {
    char* end;
    errno = 0;
    unsigned long long number = std::strtoull(text, &end, 10);
    if (length == 0 || *end != '\0' || *text == '-' || errno == ERANGE) {
      return Complain(e, "\"%.40s\" is no unsigned integer", text);
    }
    value->set_uint_value(number);
    return true;
  }
  if (std::strcmp(kind, "blob") == 0) {
    value->set_blob(text, length);
    return true;
  }
  if (!IsUtf8(text, length)) {
    return Complain(e, "a value of the kind \"%s\" must be valid UTF-8", kind);
  }
  if (std::strcmp(kind, "decimal") == 0) {
    value->set_decimal(text, length);
  } else if (std::strcmp(kind, "date") == 0) {
    value->set_date(text, length);
  } else if (std::strcmp(kind, "datetime") == 0) {
    value->set_datetime(text, length);
  } else if (std::strcmp(kind, "time") == 0) {
    value->set_time(text, length);
  } else if (std::strcmp(kind, "json") == 0) {
    value->set_json(text, length);
  } else if (std::strcmp(kind, "text") == 0) {
    value->set_text(text, length);
  } else {
    return Complain(e, "no value has the kind \"%.40s\"", kind);
  }
  return true;
}

bool EncodeTable(Encoder& e, int index, v1::Value* value, Lists lists) {
  int top = lua_gettop(e.L);
  if (!lua_checkstack(e.L, 8)) return Complain(e, "the Lua stack is full");
  lua_getfield(e.L, index, "__berth");
  if (lua_type(e.L, -1) == LUA_TSTRING) {
    lua_rawgeti(e.L, index, 1);
    bool ok = EncodeTagged(e, value);
    lua_settop(e.L, top);
    return ok;
  }
  lua_settop(e.L, top);
  if (lists == Lists::kRefused)
    return Complain(e, "an array stands for a placeholder only");
  return EncodeValues(e, index, -1, Lists::kRefused,
                      value->mutable_list()->mutable_values());
}

}  // namespace

void* DefaultSentinel() {
  static char sentinel;
  return &sentinel;
}

bool Complain(Encoder& e, const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::vsnprintf(e.error, sizeof(e.error), format, args);
  va_end(args);
  return false;
}

bool ComplainAt(Encoder& e, const char* format, ...) {
  char place[128];
  va_list args;
  va_start(args, format);
  std::vsnprintf(place, sizeof(place), format, args);
  va_end(args);
  char whole[sizeof(e.error)];
  std::snprintf(whole, sizeof(whole), "%s: %.*s", place,
                static_cast<int>(sizeof(whole) - sizeof(place) - 3), e.error);
  std::memcpy(e.error, whole, sizeof(whole));
  return false;
}

bool EncodeValue(Encoder& e, int index, v1::Value* value, Lists lists) {
  switch (lua_type(e.L, index)) {
    case LUA_TNIL:
      value->set_null_value(google::protobuf::NULL_VALUE);
      return true;
    case LUA_TBOOLEAN:
      value->set_bool_value(lua_toboolean(e.L, index));
      return true;
    case LUA_TNUMBER:
      return EncodeNumber(e, index, value);
    case LUA_TSTRING: {
      size_t length;
      const char* text = lua_tolstring(e.L, index, &length);
      if (IsUtf8(text, length)) {
        value->set_text(text, length);
      } else {
        value->set_blob(text, length);
      }
      return true;
    }
    case LUA_TLIGHTUSERDATA: {
      void* pointer = lua_touserdata(e.L, index);
      if (pointer == nullptr) {
        value->set_null_value(google::protobuf::NULL_VALUE);
        return true;
      }
      if (pointer == DefaultSentinel()) {
        value->mutable_default_value();
        return true;
      }
      return Complain(e, "a light userdata is no value");
    }
    case LUA_TTABLE:
      return EncodeTable(e, index, value, lists);
    default:
      return Complain(e, "a %s is no value", luaL_typename(e.L, index));
  }
}

bool EncodeValues(Encoder& e, int index, int size, Lists lists,
                  google::protobuf::RepeatedPtrField<v1::Value>* values) {
  if (!lua_checkstack(e.L, 4)) return Complain(e, "the Lua stack is full");
  lua_getfield(e.L, index, "n");
  if (lua_type(e.L, -1) == LUA_TNUMBER) {
    size = static_cast<int>(lua_tonumber(e.L, -1));
  } else if (size < 0) {
    size = static_cast<int>(lua_rawlen(e.L, index));
  }
  lua_pop(e.L, 1);
  if (size < 0 || size > kMaxValues) {
    return Complain(e, "%d is no number of values", size);
  }
  values->Reserve(size);
  for (int i = 1; i <= size; ++i) {
    lua_rawgeti(e.L, index, i);
    v1::Value* value = values->Add();
    if (!EncodeValue(e, lua_gettop(e.L), value, lists)) {
      return ComplainAt(e, "[%d]", i);
    }
    lua_pop(e.L, 1);
  }
  return true;
}

}  // namespace berth::lua
