// A pool of scripted connections on a shard.
#ifndef BERTH_TESTS_UNIT_POOL_POOL_TEST_BASE_H_
#define BERTH_TESTS_UNIT_POOL_POOL_TEST_BASE_H_

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/pool/pool.h"
#include "tests/unit/mariadb/fake_mariadb.h"
#include "tests/unit/runtime/notification.h"
#include "tests/unit/runtime/test_shard.h"

namespace berth::pool {

// What connecting fails with in these tests. Always the same bytes: protobuf
// writes the entries of a map in any order.
inline const absl::Status& Unreachable() {
  static const auto* status =
      new absl::Status(errors::Error(absl::StatusCode::kUnavailable,
                                     errors::kDatabaseUnreachable)
                           .Message("MariaDB cannot be reached"));
  return *status;
}

// One request for a connection, under way or done.
class Request {
 public:
  bool done() { return done_.HasBeenNotified(); }
  void Wait() { done_.Wait(); }
  // Waits for its end and tells it.
  absl::Status status() {
    Wait();
    return result_->status();
  }
  std::string reason() { return errors::ReasonOf(status()); }
  mariadb::Connection& connection() {
    EXPECT_TRUE(status().ok()) << status();
    return **result_.value();
  }

  runtime::Cancellation cancellation;

 private:
  friend class PoolTest;

  runtime::Notification done_;
  std::optional<absl::StatusOr<Lease>> result_;
};

// Every test waits only for what must come. The clock that tells the ages of
// connections stands still.
class PoolTest : public ::testing::Test {
 protected:
  PoolTest() {
    options_.max_size = 2;
    options_.acquire_timeout = absl::Minutes(1);
  }

  ~PoolTest() override {
    if (pool_ == nullptr) return;
    shard_.Call([this] {
      for (Request& request : requests_) request.result_.reset();
    });
    pool_->Close();
    shard_.Call([] {});  // Those who waited have heard of it.
    pool_->Close();      // What idles.
    shard_.FinishBlocking();
    const PoolStats stats = pool_->Stats();
    EXPECT_EQ(stats.open, 0);
    EXPECT_EQ(stats.waiting, 0);
    EXPECT_EQ(stats.connecting, 0);
    EXPECT_EQ(stats.in_sessions, 0);
    EXPECT_EQ(stats.opened, stats.closed);
    pool_.reset();
    EXPECT_EQ(mariadb_.open(), 0);
  }

  Pool& pool() {
    if (pool_ == nullptr) {
      pool_ = std::make_unique<Pool>(options_, mariadb_.Connector(),
                                     shard_.blocking(), &clock_);
    }
    return *pool_;
  }

  // Asks for a connection. On return the request has one, or has failed, or
  // waits in the queue.
  Request& Acquire(Demand demand = Demand()) {
    Request* request = &requests_.emplace_back();
    demand.cancellation = &request->cancellation;
    Pool* from = &pool();
    shard_.Call([&] { runtime::Spawn(Run(from, demand, request)); });
    return *request;
  }
  Request& AcquireFor(LeaseKind kind) {
    Demand demand;
    demand.kind = kind;
    return Acquire(std::move(demand));
  }

  // Gives the connection back, having done this to it.
  void Release(Request& request,
               std::function<void(mariadb::Connection&)> before = nullptr) {
    shard_.Call([&] {
      if (before != nullptr) before(***request.result_);
      request.result_.emplace(absl::CancelledError("given back"));
    });
  }

  void Tick() {
    shard_.Call([this] { pool().Tick(); });
    shard_.FinishBlocking();
  }

  mariadb::FakeMariaDb mariadb_;
  ManualClock clock_;
  PoolOptions options_;
  runtime::TestShard shard_;

 private:
  static runtime::Task<void> Run(Pool* pool, Demand demand, Request* request) {
    request->result_.emplace(co_await pool->Acquire(std::move(demand)));
    request->done_.Notify();
  }

  std::list<Request> requests_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace berth::pool

#endif  // BERTH_TESTS_UNIT_POOL_POOL_TEST_BASE_H_
