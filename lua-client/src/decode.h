// From answers to Lua tables. Everything here pushes one value and may raise.
#ifndef BERTH_LUA_CLIENT_SRC_DECODE_H_
#define BERTH_LUA_CLIENT_SRC_DECODE_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <vector>

#include "berth/client/wire_message.h"
#include "berth/v1/session.pb.h"
#include "lua-client/src/lua_compat.h"

namespace berth::lua {

// A number where this Lua's numbers hold the value exactly, else its digits.
void PushInt(lua_State* L, int64_t value);
void PushUint(lua_State* L, uint64_t value);

// The answer of a session's request: rows, the result of a write, or an empty
// table. `state` is the session's, or null for a unary call.
void PushAnswer(lua_State* L, const std::vector<client::WireMessage>& answer,
                const v1::SessionState* state);

// The rows of one message of an answer as an array. The table at `state` keeps
// what later messages need: `columns`.
void PushChunk(lua_State* L, const client::WireMessage& message, int state);

// Any message as a table with the names of its fields; enum values without
// their prefix; unset messages are absent.
void PushMessage(lua_State* L, const google::protobuf::Message& message);

}  // namespace berth::lua

#endif  // BERTH_LUA_CLIENT_SRC_DECODE_H_
