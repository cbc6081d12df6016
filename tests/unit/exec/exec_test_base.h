// A caller above a pool of scripted connections.
#ifndef BERTH_TESTS_UNIT_EXEC_EXEC_TEST_BASE_H_
#define BERTH_TESTS_UNIT_EXEC_EXEC_TEST_BASE_H_

#include <functional>
#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "server/catalog/registry.h"
#include "server/exec/caller.h"
#include "server/exec/databases.h"
#include "server/exec/environment.h"
#include "server/exec/killer.h"
#include "server/pool/pool.h"
#include "tests/unit/mariadb/fake_mariadb.h"
#include "tests/unit/runtime/notification.h"
#include "tests/unit/runtime/test_shard.h"

namespace berth::exec {

class ExecTest : public ::testing::Test {
 protected:
  using Work = std::function<runtime::Task<absl::Status>()>;

  explicit ExecTest(bool create_databases = true)
      : databases_({"shop"}, create_databases),
        killer_(mariadb_.Connector(), shard_.blocking()),
        pool_(std::make_unique<pool::Pool>(pool::PoolOptions(),
                                           mariadb_.Connector(),
                                           shard_.blocking(), &clock_)) {
    environment_.pool = pool_.get();
    environment_.registry = &registry_;
    environment_.databases = &databases_;
    environment_.killer = &killer_;
    caller_.environment = &environment_;
    caller_.database = "shop";
    caller_.cancellation = &cancellation_;
  }

  ~ExecTest() override {
    shard_.Call([this] { caller_.lease = pool::Lease(); });
    pool_->Close();
    shard_.FinishBlocking();
    pool_.reset();
  }

  // Begins it on the shard; returns once it waits or is done.
  void Start(Work work) {
    work_ = std::move(work);
    shard_.Call([this] { runtime::Spawn(Do()); });
  }
  absl::Status Finish() {
    done_->Wait();
    done_ = std::make_unique<runtime::Notification>();
    return status_;
  }
  absl::Status Await(Work work) {
    Start(std::move(work));
    return Finish();
  }
  void Cancel() {
    shard_.Call([this] { cancellation_.Cancel(); });
  }

  mariadb::FakeMariaDb mariadb_;
  ManualClock clock_;
  runtime::TestShard shard_;
  catalog::Registry registry_;
  Databases databases_;
  Killer killer_;
  std::unique_ptr<pool::Pool> pool_;
  Environment environment_;
  runtime::Cancellation cancellation_;
  Caller caller_;

 private:
  runtime::Task<void> Do() {
    status_ = co_await work_();
    done_->Notify();
  }

  Work work_;
  absl::Status status_;
  std::unique_ptr<runtime::Notification> done_ =
      std::make_unique<runtime::Notification>();
};

}  // namespace berth::exec

#endif  // BERTH_TESTS_UNIT_EXEC_EXEC_TEST_BASE_H_
