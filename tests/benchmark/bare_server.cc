// L-both and L-echo: the smallest gRPC server that answers
// `berth.v1.Database/Select`, in the best shape known: one thread that owns
// the completion queue and its MariaDB sockets. No checks, no registry, no
// pool beyond a list of free connections. What berthd adds is measured
// against it.
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/async_unary_call.h>
#include <sys/epoll.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "tests/benchmark/point_select.h"
#include "tests/benchmark/reply.h"

namespace berth::benchmark {
namespace {

// Calls at once. No more than a client of the suite has in flight: Debian's
// gRPC looks for a tag among all that are outstanding, several times a call.
constexpr int kPostedCalls = 64;
// Events taken from one source before the other has its turn.
constexpr int kBatch = 64;
// How long the thread waits for MariaDB alone while gRPC may have news.
constexpr timespec kDatabaseWait{0, 100'000};

// The service with the one method, received and answered as bytes.
class SelectService : public grpc::Service {
 public:
  SelectService() {
    AddMethod(new grpc::internal::RpcServiceMethod(
        "/berth.v1.Database/Select", grpc::internal::RpcMethod::NORMAL_RPC,
        nullptr));
    MarkMethodRaw(0);
  }
  using grpc::Service::RequestAsyncUnary;
};

// One call, from being asked for to having been answered; then the next one.
struct Call {
  enum class Step { kRequested, kRunning, kAnswered };

  // gRPC's part cannot be used twice and is made anew for each call.
  struct Rpc {
    grpc::ServerContext context;
    grpc::ByteBuffer request;
    grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> writer{&context};
  };
  std::optional<Rpc> rpc;
  Step step = Step::kRequested;
  int32_t id = 0;
};

// A connection, and the call that it works for.
struct Connection {
  explicit Connection(const DatabaseAddress& address) : select(address) {}
  PointSelect select;
  Call* call = nullptr;
  uint32_t events = EPOLLIN;
};

class BareServer {
 public:
  BareServer(const std::string& listen, const DatabaseAddress& address,
             int connections, bool echo)
      : echo_(echo), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (int i = 0; !echo && i < connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(address));
      free_.push_back(connections_.back().get());
      Watch(*free_.back(), EPOLL_CTL_ADD);
    }
    std::memset(echo_row_.c, '1', sizeof echo_row_.c);
    std::memset(echo_row_.pad, '2', sizeof echo_row_.pad);
    echo_row_.c_length = sizeof echo_row_.c;
    echo_row_.pad_length = sizeof echo_row_.pad;

    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    // Filters that every call would pass for nothing.
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      std::fprintf(stderr, "cannot listen on %s\n", listen.c_str());
      std::exit(1);
    }
    for (Call& call : calls_) Request(call);
    std::printf("listening on port %d\n", port);
    std::fflush(stdout);
  }

  [[noreturn]] void Run() {
    for (;;) {
      // Not `||`: each source has its turn.
      const bool grpc_had = TakeFromGrpc();
      const bool database_had = TakeFromDatabase({0, 0});
      if (grpc_had || database_had) continue;
      if (InFlight() > 0) {
        TakeFromDatabase(kDatabaseWait);
      } else {
        void* tag;
        bool ok;
        queue_->Next(&tag, &ok);
        Advance(*static_cast<Call*>(tag), ok);
      }
    }
  }

 private:
  size_t InFlight() const { return connections_.size() - free_.size(); }

  bool TakeFromGrpc() {
    int taken = 0;
    void* tag;
    bool ok;
    while (taken < kBatch &&
           queue_->AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC)) ==
               grpc::CompletionQueue::GOT_EVENT) {
      Advance(*static_cast<Call*>(tag), ok);
      ++taken;
    }
    return taken > 0;
  }

  bool TakeFromDatabase(timespec wait) {
    if (InFlight() == 0) return false;
    epoll_event events[kBatch];
    const int count = epoll_pwait2(epoll_, events, kBatch, &wait, nullptr);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      int ready = 0;
      if (events[i].events & ~EPOLLOUT) ready |= MYSQL_WAIT_READ;
      if (events[i].events & EPOLLOUT) ready |= MYSQL_WAIT_WRITE;
      Settle(connection, connection.select.Continue(ready));
    }
    return count > 0;
  }

  void Request(Call& call) {
    call.rpc.emplace();
    call.step = Call::Step::kRequested;
    service_.RequestAsyncUnary(0, &call.rpc->context, &call.rpc->request,
                               &call.rpc->writer, queue_.get(), queue_.get(),
                               &call);
  }

  void Advance(Call& call, bool ok) {
    if (call.step == Call::Step::kAnswered || !ok) return Request(call);
    call.step = Call::Step::kRunning;
    const int64_t id = DecodeId(call.rpc->request);
    call.id = static_cast<int32_t>(id);
    if (id < 0) {
      call.step = Call::Step::kAnswered;
      call.rpc->writer.FinishWithError(
          grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no id"), &call);
    } else if (echo_) {
      Echo(call);
    } else if (free_.empty()) {
      waiting_.push_back(&call);
    } else {
      // The connection used last: its memory is warm here and in MariaDB.
      Connection& connection = *free_.back();
      free_.pop_back();
      Begin(connection, call);
    }
  }

  void Begin(Connection& connection, Call& call) {
    connection.call = &call;
    Settle(connection, connection.select.Start(call.id));
  }

  // Answers and takes the next call if the select needs no further waiting.
  void Settle(Connection& connection, int wait) {
    while (wait == 0) {
      Answer(*connection.call, connection.select.row());
      if (waiting_.empty()) {
        free_.push_back(&connection);
        return;
      }
      connection.call = waiting_.front();
      waiting_.pop_front();
      wait = connection.select.Start(connection.call->id);
    }
    const uint32_t events = (wait & MYSQL_WAIT_READ ? EPOLLIN : 0u) |
                            (wait & MYSQL_WAIT_WRITE ? EPOLLOUT : 0u);
    if (events == connection.events) return;
    connection.events = events;
    Watch(connection, EPOLL_CTL_MOD);
  }

  void Answer(Call& call, const PointRow& row) {
    call.step = Call::Step::kAnswered;
    call.rpc->writer.Finish(EncodeReply(row), grpc::Status::OK, &call);
  }

  // Constant but for the id, so that the client's check holds.
  void Echo(Call& call) {
    echo_row_.id = call.id;
    char id[11];
    std::snprintf(id, sizeof id, "%010d", call.id);
    std::memcpy(echo_row_.c, id, 10);
    echo_row_.c[10] = '-';
    Answer(call, echo_row_);
  }

  void Watch(Connection& connection, int operation) {
    epoll_event event{};
    event.events = connection.events;
    event.data.ptr = &connection;
    epoll_ctl(epoll_, operation, connection.select.fd(), &event);
  }

  const bool echo_;
  const int epoll_;
  PointRow echo_row_{};
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> free_;
  std::deque<Call*> waiting_;
  Call calls_[kPostedCalls];
  SelectService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace
}  // namespace berth::benchmark

int main(int argc, char** argv) {
  // Debian's abseil looks for deadlocks at every lock unless told not to.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::string listen = "127.0.0.1:0";
  berth::benchmark::DatabaseAddress address;
  int connections = 64;
  bool echo = false;
  CLI::App app("The bare gRPC server of the benchmark suite.");
  app.add_option("--listen", listen);
  app.add_option("--connections", connections);
  app.add_option("--socket", address.socket);
  app.add_option("--host", address.host);
  app.add_option("--port", address.port);
  app.add_option("--user", address.user);
  app.add_option("--password", address.password);
  app.add_option("--database", address.database);
  app.add_flag("--echo", echo, "Answer without the database.");
  CLI11_PARSE(app, argc, argv);
  // On the heap: the calls are large.
  auto server = std::make_unique<berth::benchmark::BareServer>(
      listen, address, connections, echo);
  server->Run();
}
