// Rights: denied unless given.
#ifndef BERTH_SERVER_AUTH_POLICY_H_
#define BERTH_SERVER_AUTH_POLICY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/auth/principal.h"

namespace berth::auth {

// What a call needs.
enum class Permission {
  kOpen,      // Not even credentials: health and reflection.
  kIdentity,  // To be known, where there is a users file.
  kRead,      // Reading tables.
  kWrite,     // Changing rows.
  kRawSql,    // Statements in SQL.
  kSession,   // Sessions; what they run is checked by itself.
  kSchema,    // DDL through the registry.
  kAdmin,     // Looking at the server.
};

// What the method of this full name, such as `/berth.v1.Database/Select`,
// needs; nullopt for one without a rule, which is refused.
std::optional<Permission> RequiredPermission(absl::string_view method);

// OK if `principal` may; else PERMISSION_DENIED with the reason POLICY.
absl::Status Authorize(const Principal& principal,
                       std::optional<Permission> permission);

}  // namespace berth::auth

#endif  // BERTH_SERVER_AUTH_POLICY_H_
