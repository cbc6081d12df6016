#include "server/exec/killer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/runtime/shard.h"

namespace berth::exec {
namespace {

// Between two kills of the same statement.
constexpr std::chrono::nanoseconds kFirstPause = std::chrono::milliseconds(20);
constexpr std::chrono::nanoseconds kLongestPause = std::chrono::seconds(1);

}  // namespace

Killer::Killer(pool::ConnectFunction connect,
               runtime::BlockingThreads* blocking)
    : connect_(std::move(connect)), blocking_(blocking) {}

bool Killer::KillBlocking(uint64_t thread_id) {
  MutexLock lock(&mutex_);
  const std::string sql = absl::StrCat("KILL QUERY ", thread_id);
  // Twice: the connection may have died of old age since the last kill.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (connection_ == nullptr) {
      auto connected = connect_();
      if (!connected.ok()) return false;
      connection_ = std::move(*connected);
    }
    auto answer = connection_->QueryBlocking(sql);
    // An error of the server: there is no such connection any more.
    if (answer.ok() || !connection_->broken()) return true;
    connection_.reset();
  }
  return false;
}

KillOnCancel::KillOnCancel(Killer* killer, runtime::Cancellation* cancellation,
                           mariadb::Connection* connection)
    : killer_(killer),
      connection_(connection),
      pause_(kFirstPause),
      listener_(cancellation, [this] { Kill(); }) {}

void KillOnCancel::Kill() {
  killed_ = true;
  under_way_ = true;
  runtime::Shard* shard = &runtime::Shard::Current();
  killer_->blocking()->Run([this, shard] {
    if (!killer_->KillBlocking(connection_->thread_id())) {
      connection_->Abort();
    }
    shard->Post([this] { Answered(); });
  });
}

void KillOnCancel::Answered() {
  under_way_ = false;
  if (!finished_) {
    again_ = runtime::Shard::Current().timers().Add(
        std::chrono::steady_clock::now() + pause_, [this] {
          again_.reset();
          Kill();
        });
    pause_ = std::min(pause_ * 2, kLongestPause);
  }
  answered_.Signal();  // Whoever waits may end this object.
}

runtime::Task<void> KillOnCancel::KillNow() {
  if (!killed_) Kill();
  while (under_way_) co_await answered_;
}

runtime::Task<void> KillOnCancel::Finish() {
  finished_ = true;
  if (again_.has_value()) {
    runtime::Shard::Current().timers().Cancel(*again_);
    again_.reset();
  }
  while (under_way_) co_await answered_;
}

}  // namespace berth::exec
