#include "server/exec/killer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/runtime/shard.h"

namespace berth::exec {

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
      listener_(cancellation, [this] { Kill(); }) {}

void KillOnCancel::Kill() {
  killed_ = true;
  runtime::Shard* shard = &runtime::Shard::Current();
  killer_->blocking()->Run([this, shard] {
    if (!killer_->KillBlocking(connection_->thread_id())) {
      connection_->Abort();
    }
    shard->Post([this] { answered_.Signal(); });
  });
}

runtime::Task<void> KillOnCancel::KillNow() {
  if (!killed_) Kill();
  return Finish();
}

runtime::Task<void> KillOnCancel::Finish() {
  if (killed_ && !finished_) co_await answered_;
  finished_ = true;
}

}  // namespace berth::exec
