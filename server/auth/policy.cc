#include "server/auth/policy.h"

#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::auth {
namespace {

struct Rule {
  absl::string_view method;
  Permission permission;
};

constexpr Rule kRules[] = {
    {"/berth.v1.Database/Select", Permission::kRead},
    {"/berth.v1.Database/SelectStream", Permission::kRead},
    {"/berth.v1.Database/Insert", Permission::kWrite},
    {"/berth.v1.Database/BulkInsert", Permission::kWrite},
    {"/berth.v1.Database/Update", Permission::kWrite},
    {"/berth.v1.Database/Delete", Permission::kWrite},
    {"/berth.v1.Database/Execute", Permission::kRawSql},
    {"/berth.v1.Database/ExecuteStream", Permission::kRawSql},
    {"/berth.v1.Database/Transaction", Permission::kSession},
    {"/berth.v1.Database/Session", Permission::kSession},
    {"/berth.v1.SchemaRegistry/Register", Permission::kSchema},
    {"/berth.v1.SchemaRegistry/Plan", Permission::kSchema},
    {"/berth.v1.SchemaRegistry/GetTable", Permission::kRead},
    {"/berth.v1.SchemaRegistry/ListTables", Permission::kRead},
    {"/berth.v1.Admin/GetPoolStats", Permission::kAdmin},
    {"/berth.v1.Admin/GetServerInfo", Permission::kIdentity},
    {"/grpc.health.v1.Health/Check", Permission::kOpen},
    {"/grpc.health.v1.Health/Watch", Permission::kOpen},
    {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
     Permission::kOpen},
    {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
     Permission::kOpen},
};

}  // namespace

std::optional<Permission> RequiredPermission(absl::string_view method) {
  for (const Rule& rule : kRules) {
    if (rule.method == method) return rule.permission;
  }
  return std::nullopt;
}

// There are no roles yet: whoever is known has every right.
absl::Status Authorize(const Principal& principal,
                       std::optional<Permission> permission) {
  if (permission.has_value()) return absl::OkStatus();
  return errors::Error(absl::StatusCode::kPermissionDenied, errors::kPolicy)
      .Message("no rule allows this call")
      .With("principal", principal.name);
}

}  // namespace berth::auth
