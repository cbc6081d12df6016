#include "server/auth/policy.h"

#include <google/protobuf/descriptor.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"

namespace berth::auth {
namespace {

using google::protobuf::FileDescriptor;
using ::testing::IsSupersetOf;

// Every file of proto/.
std::vector<const FileDescriptor*> Files() {
  std::vector<const FileDescriptor*> files;
  const std::string names = BERTH_PROTO_FILES;
  for (absl::string_view name : absl::StrSplit(names, ' ')) {
    files.push_back(
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
            std::string(name)));
    EXPECT_NE(files.back(), nullptr) << name;
  }
  return files;
}

// The full names of all methods, such as `/berth.v1.Database/Select`.
std::set<std::string> Methods() {
  std::set<std::string> methods;
  for (const FileDescriptor* file : Files()) {
    for (int i = 0; i < file->service_count(); ++i) {
      const auto* service = file->service(i);
      for (int j = 0; j < service->method_count(); ++j) {
        methods.insert(absl::StrCat("/", service->full_name(), "/",
                                    service->method(j)->name()));
      }
    }
  }
  return methods;
}

TEST(RequiredPermission, IsKnownForEveryMethodOfEveryService) {
  const std::set<std::string> methods = Methods();
  ASSERT_THAT(methods, IsSupersetOf({"/berth.v1.Database/Select",
                                     "/berth.v1.Database/Session",
                                     "/berth.v1.SchemaRegistry/Register",
                                     "/berth.v1.Admin/GetServerInfo",
                                     "/grpc.health.v1.Health/Check",
                                     "/grpc.reflection.v1.ServerReflection/"
                                     "ServerReflectionInfo"}));
  for (const std::string& method : methods) {
    EXPECT_TRUE(RequiredPermission(method).has_value()) << method;
  }
}

TEST(RequiredPermission, AsksMoreOfWritesThanOfReads) {
  EXPECT_EQ(RequiredPermission("/berth.v1.Database/Select"), Permission::kRead);
  for (const char* method : {"Insert", "Update", "Delete"}) {
    EXPECT_EQ(RequiredPermission(absl::StrCat("/berth.v1.Database/", method)),
              Permission::kWrite);
  }
  EXPECT_EQ(RequiredPermission("/berth.v1.Database/Execute"),
            Permission::kRawSql);
  EXPECT_EQ(RequiredPermission("/berth.v1.SchemaRegistry/Register"),
            Permission::kSchema);
  EXPECT_EQ(RequiredPermission("/berth.v1.Admin/GetPoolStats"),
            Permission::kAdmin);
}

TEST(RequiredPermission, OpensNothingButHealthAndReflection) {
  for (const std::string& method : Methods()) {
    EXPECT_EQ(RequiredPermission(method) == Permission::kOpen,
              method.rfind("/grpc.", 0) == 0)
        << method;
  }
  EXPECT_EQ(RequiredPermission("/berth.v1.Admin/GetServerInfo"),
            Permission::kIdentity);
}

TEST(RequiredPermission, IsMissingForAnUnknownMethod) {
  for (const char* method :
       {"", "/", "/berth.v1.Database/Drop", "berth.v1.Database/Select",
        "/berth.v1.Database/select", "/berth.v1.Database/Select/"}) {
    EXPECT_EQ(RequiredPermission(method), std::nullopt) << method;
  }
}

TEST(Authorize, RefusesACallWithoutARule) {
  const absl::Status status = Authorize(Principal(), std::nullopt);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(errors::ReasonOf(status), "POLICY");
  EXPECT_EQ(errors::MetadataOf(status, "principal"), "local");
}

TEST(Authorize, LetsTheLocalPrincipalDoEverything) {
  for (const std::string& method : Methods()) {
    EXPECT_TRUE(Authorize(Principal(), RequiredPermission(method)).ok());
  }
}

}  // namespace
}  // namespace berth::auth
