// A session on a stream in memory, above scripted connections.
#ifndef BERTH_TESTS_UNIT_SESSION_SESSION_TEST_BASE_H_
#define BERTH_TESTS_UNIT_SESSION_SESSION_TEST_BASE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "berth/v1/session.pb.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "server/catalog/registry.h"
#include "server/exec/databases.h"
#include "server/exec/environment.h"
#include "server/exec/killer.h"
#include "server/pool/pool.h"
#include "server/session/session.h"
#include "tests/unit/mariadb/fake_mariadb.h"
#include "tests/unit/runtime/test_shard.h"

namespace berth::session {

// Gives what was scripted and keeps what is sent.
class ScriptedStream final : public Stream {
 public:
  runtime::Task<std::optional<std::string>> Read() override {
    if (next_ >= requests.size()) co_return std::nullopt;
    std::string request = requests[next_++];
    co_return std::move(request);
  }
  runtime::Task<bool> Write(std::string message) override {
    if (messages.size() >= most_messages) co_return false;
    EXPECT_TRUE(messages.emplace_back().ParseFromString(message));
    co_return true;
  }

  void StopReading() override {}
  void Abort() override {}

  // Of how many requests were read.
  size_t taken() const { return next_; }

  std::vector<std::string> requests;
  // The client is gone after so many.
  size_t most_messages = 1'000'000;
  std::vector<v1::SessionResponse> messages;

 private:
  size_t next_ = 0;
};

// The reason of an answer that is an error; empty if it is none.
inline std::string ReasonOf(const v1::SessionResponse& response) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : response.error().details()) {
    if (detail.UnpackTo(&info)) break;
  }
  return info.reason();
}

// The first field that an error names.
inline std::string FieldOf(const v1::SessionResponse& response) {
  google::rpc::BadRequest bad;
  for (const auto& detail : response.error().details()) {
    if (detail.UnpackTo(&bad)) break;
  }
  return bad.field_violations_size() > 0 ? bad.field_violations(0).field()
                                         : std::string();
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest()
      : databases_({"shop", "blog"}, /*create_missing=*/false),
        killer_(mariadb_.Connector(), shard_.blocking()) {
    pool_ = std::make_unique<pool::Pool>(
        pool::PoolOptions(), mariadb_.Connector(), shard_.blocking(), &clock_);
    catalog::Column n;
    n.name = "n";
    n.type = v1::COLUMN_TYPE_INT;
    registry_.Put("shop", std::make_shared<catalog::Table>(
                              "numbers", std::vector<catalog::Column>{n},
                              std::vector<std::string>()));
    environment_.pool = pool_.get();
    environment_.registry = &registry_;
    environment_.databases = &databases_;
    environment_.killer = &killer_;
  }

  ~SessionTest() override {
    pool_->Close();
    shard_.FinishBlocking();
    EXPECT_EQ(pool_->Stats().in_use, 0);
    pool_.reset();
  }

  // Adds a request with the next id, and returns it to be changed until Serve.
  v1::SessionRequest& Add() {
    v1::SessionRequest& request = requests_.emplace_back();
    request.set_request_id(++last_id_);
    return request;
  }
  v1::SessionRequest& AddOpen() {
    v1::SessionRequest& request = Add();
    request.mutable_open();
    return request;
  }
  v1::SessionRequest& AddExecute(const std::string& sql) {
    v1::SessionRequest& request = Add();
    request.mutable_execute()->set_sql(sql);
    return request;
  }
  void AddSelect() { Add().mutable_select()->set_table("numbers"); }

  std::vector<v1::SessionRequest>& requests() { return requests_; }

  // Serves what was added, to the stream's end. `status_` is how it ended.
  void Serve() {
    for (const auto& request : requests_) {
      stream_.requests.push_back(request.SerializeAsString());
    }
    requests_.clear();
    shard_.Await([this]() -> runtime::Task<void> {
      Session session(&environment_, &sessions_, auth::Principal(),
                      absl::InfiniteFuture(), &cancellation_);
      status_ = co_await session.Serve(stream_);
    });
  }

  // What was answered to the request of this id: its last message.
  v1::SessionResponse Answer(uint32_t id) {
    for (auto it = stream_.messages.rbegin(); it != stream_.messages.rend();
         ++it) {
      if (it->request_id() == id) return *it;
    }
    ADD_FAILURE() << "no answer to " << id;
    return v1::SessionResponse();
  }
  std::string Reason(uint32_t id) { return ReasonOf(Answer(id)); }

  mariadb::FakeMariaDb mariadb_;
  ManualClock clock_;
  runtime::TestShard shard_;
  catalog::Registry registry_;
  exec::Databases databases_;
  exec::Killer killer_;
  std::unique_ptr<pool::Pool> pool_;
  exec::Environment environment_;
  runtime::Cancellation cancellation_;
  Sessions sessions_{SessionOptions()};
  ScriptedStream stream_;
  absl::Status status_;

 private:
  std::vector<v1::SessionRequest> requests_;
  uint32_t last_id_ = 0;
};

}  // namespace berth::session

#endif  // BERTH_TESTS_UNIT_SESSION_SESSION_TEST_BASE_H_
