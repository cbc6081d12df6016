// Credentials of real calls, verified as the test decides.
#include "server/rpc/authenticator.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/v1/admin.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/rpc/health_service.h"
#include "server/rpc/server.h"
#include "tests/unit/manual_clock.h"
#include "tests/unit/runtime/notification.h"

namespace berth::rpc {
namespace {

using runtime::Task;

constexpr char kInfo[] = "/berth.v1.Admin/GetServerInfo";

std::string Basic(absl::string_view pair) {
  return absl::StrCat("Basic ", absl::Base64Escape(pair));
}

// What a call got: the bytes of its answer, or its error.
struct Reply {
  grpc::Status status;
  std::string bytes;

  // The metadata of the error and its reason.
  google::rpc::ErrorInfo Info() const {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    for (const auto& detail : details.details()) detail.UnpackTo(&info);
    return info;
  }
};

// Serves Admin, whose methods answer with the caller's name, and Health.
class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthenticatorTest()
      : blocking_(1),
        authenticator_(
            [this](const auth::Credentials& credentials) {
              return Verify(credentials);
            },
            &clock_) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.authenticator = &authenticator_;
    server_ = std::make_unique<Server>(options, &blocking_);
    server_->AddService(
        v1::GetServerInfoRequest::descriptor()->file()->service(0));
    for (const char* path : {"/berth.v1.Admin/GetPoolStats", kInfo}) {
      server_->Handle(path,
                      [](rpc::Call& call, absl::string_view,
                         std::string* response) -> Task<absl::Status> {
                        *response = call.principal.name;
                        co_return absl::OkStatus();
                      });
    }
    health_.serving = [] { return true; };
    server_->AddService(
        grpc::health::v1::HealthCheckRequest::descriptor()->file()->service(0));
    ServeHealth(&health_, *server_);
    EXPECT_TRUE(server_->Start().ok());
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                   grpc::InsecureChannelCredentials());
  }

  ~AuthenticatorTest() override {
    server_->Shutdown(absl::Seconds(10));
    server_->StopShards();
    blocking_.Stop();
    authenticator_.Stop();
    server_->Drain();
  }

  // Right is whose password is `right`. A name that begins with `slow` waits
  // for `go_`.
  absl::StatusOr<std::optional<auth::Principal>> Verify(
      const auth::Credentials& credentials) {
    ++verified_;
    if (absl::StartsWith(credentials.user, "slow")) go_.Wait();
    if (credentials.user == "broken") {
      return absl::ResourceExhaustedError("no memory");
    }
    std::optional<auth::Principal> principal;
    if (credentials.password.Reveal() == "right") {
      principal.emplace();
      principal->name = credentials.user;
    }
    return principal;
  }

  // One call with these `authorization`s.
  Reply Call(const std::vector<std::string>& headers,
             const std::string& path = kInfo) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    for (const std::string& header : headers) {
      context.AddMetadata("authorization", header);
    }
    grpc::CompletionQueue queue;
    grpc::Slice slice;
    auto call = stub.PrepareUnaryCall(&context, path,
                                      grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    Reply reply;
    call->Finish(&response, &reply.status, this);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    grpc::Slice single;
    if (reply.status.ok() && response.DumpToSingleSlice(&single).ok()) {
      reply.bytes.assign(reinterpret_cast<const char*>(single.begin()),
                         single.size());
    }
    return reply;
  }

  ManualClock clock_;
  Health health_;
  runtime::BlockingThreads blocking_;
  std::atomic<int> verified_ = 0;
  runtime::Notification go_;
  Authenticator authenticator_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(AuthenticatorTest, GivesTheHandlerThePrincipal) {
  const Reply reply = Call({Basic("alice:right")});
  EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_EQ(reply.bytes, "alice");
}

TEST_F(AuthenticatorTest, RefusesMissingAndWrongCredentials) {
  for (const std::vector<std::string>& headers :
       std::vector<std::vector<std::string>>{
           {},
           {Basic("alice:wrong")},
           {Basic("alice")},
           {"Bearer x"},
           {Basic("alice:right"), Basic("alice:right")}}) {
    const Reply reply = Call(headers);
    EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    const google::rpc::ErrorInfo info = reply.Info();
    EXPECT_EQ(info.reason(), "CREDENTIALS");
    EXPECT_EQ(info.metadata().at("outcome"), "NOT_DONE");
    EXPECT_EQ(info.metadata().at("retry"), "NEVER");
    EXPECT_EQ(info.metadata().size(), 2u);
  }
}

TEST_F(AuthenticatorTest, LeavesHealthOpenWhateverIsPresented) {
  for (const char* header : {"Basic x", "Bearer x", ""}) {
    EXPECT_TRUE(Call({header}, "/grpc.health.v1.Health/Check").status.ok());
  }
  EXPECT_EQ(verified_, 0);
}

TEST_F(AuthenticatorTest, VerifiesRightCredentialsOnceAndWrongOnesEachTime) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Call({Basic("alice:right")}).status.ok());
  }
  EXPECT_EQ(verified_, 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(Call({Basic("alice:wrong")}).status.ok());
  }
  EXPECT_EQ(verified_, 4);
  EXPECT_TRUE(Call({Basic("alice:right")}).status.ok());
  EXPECT_EQ(verified_, 4);
  clock_.Advance(absl::Minutes(limits::kLoginIdleMinutes + 1));
  EXPECT_TRUE(Call({Basic("alice:right")}).status.ok());
  EXPECT_EQ(verified_, 5);
}

TEST_F(AuthenticatorTest, PassesOnWhyCredentialsCannotBeVerified) {
  EXPECT_EQ(Call({Basic("broken:right")}).status.error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(AuthenticatorTest, VerifiesEqualCredentialsOnceForAllThatWait) {
  constexpr int kCalls = 50;  // More than may wait with different ones.
  std::vector<std::thread> calls;
  for (int i = 0; i < kCalls; ++i) {
    calls.emplace_back(
        [this] { EXPECT_EQ(Call({Basic("slow:right")}).bytes, "slow"); });
  }
  while (verified_ == 0) absl::SleepFor(absl::Milliseconds(1));
  go_.Notify();
  for (std::thread& call : calls) call.join();
  EXPECT_EQ(verified_, 1);
}

TEST_F(AuthenticatorTest, RefusesWhatMayNotWaitAndServesWhoIsKnown) {
  ASSERT_TRUE(Call({Basic("alice:right")}).status.ok());
  constexpr int kWaiting = limits::kPasswordThreads + limits::kPasswordQueue;
  constexpr int kRefused = 5;
  std::atomic<int> refused = 0;
  std::vector<std::thread> calls;
  for (int i = 0; i < kWaiting + kRefused; ++i) {
    calls.emplace_back([this, i, &refused] {
      const Reply reply = Call({Basic(absl::StrCat("slow", i, ":wrong"))});
      if (reply.status.error_code() == grpc::StatusCode::UNAUTHENTICATED) {
        return;
      }
      EXPECT_EQ(reply.status.error_code(),
                grpc::StatusCode::RESOURCE_EXHAUSTED);
      EXPECT_EQ(reply.Info().reason(), "QUEUE_FULL");
      EXPECT_EQ(reply.Info().metadata().at("outcome"), "NOT_DONE");
      EXPECT_EQ(reply.Info().metadata().at("retry"), "LATER");
      ++refused;
    });
  }
  while (refused < kRefused || verified_ < 1 + limits::kPasswordThreads) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  // The shard, its helper threads and who is known are left alone.
  EXPECT_EQ(Call({Basic("alice:right")}).bytes, "alice");
  EXPECT_TRUE(Call({}, "/grpc.health.v1.Health/Check").status.ok());
  EXPECT_EQ(verified_, 1 + limits::kPasswordThreads);
  go_.Notify();
  for (std::thread& call : calls) call.join();
  EXPECT_EQ(refused, kRefused);
  EXPECT_TRUE(Call({Basic("bob:right")}).status.ok());
}

}  // namespace
}  // namespace berth::rpc
