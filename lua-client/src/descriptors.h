// Messages of any type with reflection, which the generated ones lack.
#ifndef BERTH_LUA_CLIENT_SRC_DESCRIPTORS_H_
#define BERTH_LUA_CLIENT_SRC_DESCRIPTORS_H_

#include <google/protobuf/message.h>

#include <memory>

namespace berth::lua {

// An empty message of the type, such as "berth.v1.PlanRequest"; null if there
// is none. Any thread may ask.
std::unique_ptr<google::protobuf::Message> NewMessage(const char* type);

}  // namespace berth::lua

#endif  // BERTH_LUA_CLIENT_SRC_DESCRIPTORS_H_
