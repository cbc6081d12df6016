// Who calls.
#ifndef BERTH_SERVER_AUTH_PRINCIPAL_H_
#define BERTH_SERVER_AUTH_PRINCIPAL_H_

#include <string>

#include "server/auth/where_level.h"

namespace berth::auth {

// A caller, once known: a user of the users file. Without one every caller is
// the same principal with every right.
struct Principal {
  Principal() = default;

  std::string name = "local";
  // What its fragments may hold.
  WhereLevel where_level = WhereLevel::kRaw;
};

}  // namespace berth::auth

#endif  // BERTH_SERVER_AUTH_PRINCIPAL_H_
