// Messages of any type from and to Lua tables, by reflection.
#include <strings.h>

#include "berth/client/value.h"
#include "lua-client/src/decode.h"
#include "lua-client/src/encode.h"

namespace berth::lua {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The length of the prefix that all values of an enum have, as in
// COLUMN_TYPE_VARCHAR: the first one is called …UNSPECIFIED.
size_t PrefixLength(const EnumDescriptor* type) {
  constexpr size_t kUnspecified = sizeof("UNSPECIFIED") - 1;
  size_t length = type->value(0)->name().size();
  return length > kUnspecified ? length - kUnspecified : 0;
}

// The value called `name` in any case, without the prefix; null: none.
const EnumValueDescriptor* FindValue(const EnumDescriptor* type,
                                     const char* name) {
  size_t prefix = PrefixLength(type);
  for (int i = 0; i < type->value_count(); ++i) {
    const EnumValueDescriptor* value = type->value(i);
    if (strcasecmp(value->name().c_str() + prefix, name) == 0) return value;
  }
  return nullptr;
}

bool EncodeField(Encoder& e, int index, const FieldDescriptor* field,
                 Message* message) {
  const Reflection* reflection = message->GetReflection();
  const char* name = field->name().c_str();
  bool repeated = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      if (lua_type(e.L, index) != LUA_TSTRING) break;
      size_t length;
      const char* text = lua_tolstring(e.L, index, &length);
      if (field->type() == FieldDescriptor::TYPE_STRING &&
          !client::IsValidUtf8({text, length})) {
        return Complain(e, "%s is not valid UTF-8", name);
      }
      if (repeated) {
        reflection->AddString(message, field, std::string(text, length));
      } else {
        reflection->SetString(message, field, std::string(text, length));
      }
      return true;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      if (lua_type(e.L, index) != LUA_TSTRING || repeated) break;
      const char* word = lua_tostring(e.L, index);
      const EnumValueDescriptor* value = FindValue(field->enum_type(), word);
      if (value == nullptr) {
        return Complain(e, "%s has no meaning \"%.40s\"", name, word);
      }
      reflection->SetEnum(message, field, value);
      return true;
    }
    case FieldDescriptor::CPPTYPE_INT32:
      if (lua_type(e.L, index) != LUA_TNUMBER || repeated) break;
      reflection->SetInt32(message, field,
                           static_cast<int32_t>(lua_tonumber(e.L, index)));
      return true;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (lua_type(e.L, index) != LUA_TTABLE) break;
      return EncodeMessage(e, index,
                           repeated
                               ? reflection->AddMessage(message, field)
                               : reflection->MutableMessage(message, field));
    default:
      break;
  }
  return Complain(e, "%s cannot be a %s", name, luaL_typename(e.L, index));
}

void PushSingle(lua_State* L, const Message& message,
                const FieldDescriptor* field, int i) {
  // Never written to: fields of generated messages are referred to in place.
  static std::string* const unused = new std::string;
  const Reflection* reflection = message.GetReflection();
  bool repeated = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string& text =
          repeated ? reflection->GetRepeatedStringReference(message, field, i,
                                                            unused)
                   : reflection->GetStringReference(message, field, unused);
      lua_pushlstring(L, text.data(), text.size());
      return;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* value =
          repeated ? reflection->GetRepeatedEnum(message, field, i)
                   : reflection->GetEnum(message, field);
      lua_pushstring(L, value->name().c_str() + PrefixLength(value->type()));
      return;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      lua_pushboolean(L, reflection->GetBool(message, field));
      return;
    case FieldDescriptor::CPPTYPE_INT32:
      lua_pushinteger(L, reflection->GetInt32(message, field));
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      PushUint(L, reflection->GetUInt32(message, field));
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      PushInt(L, reflection->GetInt64(message, field));
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      PushUint(L, reflection->GetUInt64(message, field));
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      PushMessage(L, repeated
                         ? reflection->GetRepeatedMessage(message, field, i)
                         : reflection->GetMessage(message, field));
      return;
    default:
      lua_pushnil(L);
  }
}

}  // namespace

bool EncodeMessage(Encoder& e, int index, Message* message) {
  if (!lua_checkstack(e.L, 8)) return Complain(e, "the Lua stack is full");
  const Descriptor* type = message->GetDescriptor();
  int top = lua_gettop(e.L);
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    lua_getfield(e.L, index, field->name().c_str());
    int value = top + 1;
    if (lua_isnil(e.L, value)) {
      lua_settop(e.L, top);
      continue;
    }
    if (!field->is_repeated()) {
      if (!EncodeField(e, value, field, message)) return false;
      lua_settop(e.L, top);
      continue;
    }
    if (lua_type(e.L, value) != LUA_TTABLE) {
      return Complain(e, "%s must be a table", field->name().c_str());
    }
    int size = static_cast<int>(lua_rawlen(e.L, value));
    for (int k = 1; k <= size; ++k) {
      lua_rawgeti(e.L, value, k);
      if (!EncodeField(e, value + 1, field, message)) {
        return ComplainAt(e, "%s[%d]", field->name().c_str(), k);
      }
      lua_settop(e.L, value);
    }
    lua_settop(e.L, top);
  }
  return true;
}

void PushMessage(lua_State* L, const Message& message) {
  luaL_checkstack(L, 8, "an answer is nested too deeply");
  const Descriptor* type = message.GetDescriptor();
  const Reflection* reflection = message.GetReflection();
  lua_createtable(L, 0, type->field_count());
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->is_repeated()) {
      int size = reflection->FieldSize(message, field);
      lua_createtable(L, size, 0);
      for (int k = 0; k < size; ++k) {
        PushSingle(L, message, field, k);
        lua_rawseti(L, -2, k + 1);
      }
    } else if (field->has_presence() && !reflection->HasField(message, field)) {
      continue;
    } else {
      PushSingle(L, message, field, 0);
    }
    lua_setfield(L, -2, field->name().c_str());
  }
}

}  // namespace berth::lua
