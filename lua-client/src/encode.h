// From Lua tables to requests.
#ifndef BERTH_LUA_CLIENT_SRC_ENCODE_H_
#define BERTH_LUA_CLIENT_SRC_ENCODE_H_

#include <google/protobuf/message.h>

#include "berth/v1/session.pb.h"
#include "lua-client/src/lua_compat.h"

namespace berth::lua {

// The address that stands for DEFAULT; the NULL pointer stands for NULL.
void* DefaultSentinel();

// Where an encoder leaves its complaint. The functions below return false then,
// and may leave values on the Lua stack.
struct Encoder {
  lua_State* L;
  char error[400];
};

// Leaves a complaint; returns false.
bool Complain(Encoder& e, const char* format, ...)
    __attribute__((format(printf, 2, 3)));
// Puts a place in front of the complaint; returns false.
bool ComplainAt(Encoder& e, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

// Whether an array may stand for a value. Lists hold none, so that a table that
// holds itself ends in a complaint.
enum class Lists { kAllowed, kRefused };

// Encodes the value at the absolute index.
bool EncodeValue(Encoder& e, int index, v1::Value* value, Lists lists);

// Encodes the array at the absolute index. `size` is its length where it has no
// field `n`; -1: its border.
bool EncodeValues(Encoder& e, int index, int size, Lists lists,
                  google::protobuf::RepeatedPtrField<v1::Value>* values);

// Encodes the operation `op` with the table of arguments at the absolute index.
bool EncodeOperation(Encoder& e, const char* op, int index,
                     v1::SessionRequest* request);

// Encodes any message from a table with the names of its fields. For what is
// rare: it looks up every field by name.
bool EncodeMessage(Encoder& e, int index, google::protobuf::Message* message);

// Reads the string field `name` of the table at the absolute index, if it is
// there. Fails if it is no string or not valid UTF-8.
bool GetText(Encoder& e, int index, const char* name, std::string* text);

}  // namespace berth::lua

#endif  // BERTH_LUA_CLIENT_SRC_ENCODE_H_
