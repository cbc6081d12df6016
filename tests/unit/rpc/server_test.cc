// What a foreign client cannot show: errors of the largest size, the end of a
// server, calls at once, bytes that are no message.
#include "server/rpc/server.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/rpc/health_service.h"

namespace berth::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using runtime::Task;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : blocking_(1) {
    health_.serving = [] { return true; };
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<Server>(options, &blocking_);
    server_->AddService(
        HealthCheckRequest::descriptor()->file()->FindServiceByName("Health"));
    ServeHealth(&health_, *server_);
  }

  ~ServerTest() override { Stop(); }

  void Start() {
    ASSERT_TRUE(server_->Start().ok());
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                   grpc::InsecureChannelCredentials());
  }

  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(absl::Seconds(10));
    server_->StopShards();
    blocking_.Stop();
    server_->Drain();
    server_.reset();
  }

  // One call of Check with these bytes.
  grpc::Status Call(
      const std::string& bytes, std::string* answer = nullptr,
      grpc_compression_algorithm compression = GRPC_COMPRESS_NONE) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    context.set_compression_algorithm(compression);
    grpc::CompletionQueue queue;
    grpc::Slice slice(bytes);
    auto call = stub.PrepareUnaryCall(&context, kCheck,
                                      grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, this);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    grpc::Slice single;
    if (status.ok() && answer != nullptr &&
        response.DumpToSingleSlice(&single).ok()) {
      answer->assign(reinterpret_cast<const char*>(single.begin()),
                     single.size());
    }
    return status;
  }

  Health health_;
  runtime::BlockingThreads blocking_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// Debian's abseil, which gRPC locks with, otherwise aborts here, and spends
// time on looking for such cycles at every lock.
TEST_F(ServerTest, LooksForNoDeadlocksInLocks) {
  absl::Mutex first;
  absl::Mutex second;
  {
    absl::MutexLock one(&first);
    absl::MutexLock two(&second);
  }
  absl::MutexLock two(&second);
  absl::MutexLock one(&first);
}

TEST_F(ServerTest, AnswersCallsOfManyThreads) {
  Start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 200; ++i) {
        std::string bytes;
        EXPECT_TRUE(Call("", &bytes).ok());
        HealthCheckResponse answer;
        EXPECT_TRUE(answer.ParseFromString(bytes));
        EXPECT_EQ(answer.status(), HealthCheckResponse::SERVING);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

// gRPC replaces a status whose headers exceed 8 KiB by one of its own.
TEST_F(ServerTest, SendsTheLargestErrorWhole) {
  std::string euros;
  for (int i = 0; i < 2000; ++i) euros += "\xE2\x82\xAC";
  server_->Handle(kCheck,
                  [&euros](rpc::Call&, absl::string_view,
                           std::string*) -> Task<absl::Status> {
                    errors::Error error(absl::StatusCode::kFailedPrecondition,
                                        "FOREIGN_KEY");
                    error.Message(euros).RetryAfter(absl::Seconds(1));
                    for (int i = 0; i < 20; ++i) {
                      error.With(absl::StrCat("key", i), euros);
                      error.Field(absl::StrCat("field", i, euros), euros);
                    }
                    co_return error;
                  });
  Start();
  const grpc::Status status = Call("");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), euros.substr(0, 1023));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.details_size(), 3);
}

TEST_F(ServerTest, RefusesCompressedRequests) {
  Start();
  HealthCheckRequest request;
  request.set_service(std::string(10'000, 'x'));
  for (auto compression : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    EXPECT_EQ(
        Call(request.SerializeAsString(), nullptr, compression).error_code(),
        grpc::StatusCode::UNIMPLEMENTED);
  }
  EXPECT_TRUE(Call("").ok());
}

TEST_F(ServerTest, RefusesBytesThatAreNoRequest) {
  Start();
  const grpc::Status status = Call("\xFF\xFF");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.details_size(), 1);
}

TEST_F(ServerTest, DoesNotStartWithoutAHandlerForEachMethod) {
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  Server incomplete(options, &blocking_);
  incomplete.AddService(
      HealthCheckRequest::descriptor()->file()->FindServiceByName("Health"));
  EXPECT_FALSE(incomplete.Start().ok());
}

TEST_F(ServerTest, DoesNotStartOnAPortThatIsTaken) {
  Start();
  ServerOptions options;
  options.listen = absl::StrCat("127.0.0.1:", server_->port());
  Server second(options, &blocking_);
  second.AddService(
      HealthCheckRequest::descriptor()->file()->FindServiceByName("Health"));
  ServeHealth(&health_, second);
  EXPECT_FALSE(second.Start().ok());
}

TEST_F(ServerTest, StopsWhileAClientIsConnected) {
  Start();
  EXPECT_TRUE(Call("").ok());
  Stop();
  EXPECT_EQ(Call("").error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, CancelsAStreamThatOutlivesItsGrace) {
  Start();
  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  const auto wait = [&] { return queue.Next(&tag, &ok) && ok; };
  auto stream = stub.PrepareCall(&context, kWatch, &queue);
  stream->StartCall(this);
  ASSERT_TRUE(wait());
  grpc::Slice slice;
  stream->Write(grpc::ByteBuffer(&slice, 1), this);
  ASSERT_TRUE(wait());
  grpc::ByteBuffer first;
  stream->Read(&first, this);
  ASSERT_TRUE(wait());
  server_->Shutdown(absl::ZeroDuration());
  grpc::Status status;
  stream->Finish(&status, this);
  ASSERT_TRUE(wait());
  EXPECT_FALSE(status.ok());
}

}  // namespace
}  // namespace berth::rpc
