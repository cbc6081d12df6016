#include "server/rpc/authenticator.h"

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/log.h"

namespace berth::rpc {
namespace {

// The metadata `authorization`; empty unless it is there once.
absl::string_view HeaderOf(const grpc::ServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto range = metadata.equal_range("authorization");
  if (range.first == range.second || std::next(range.first) != range.second) {
    return absl::string_view();
  }
  return absl::string_view(range.first->second.data(),
                           range.first->second.size());
}

absl::Status Refused(absl::string_view message) {
  return errors::Error(absl::StatusCode::kUnauthenticated, errors::kCredentials)
      .Message(message);
}

absl::Status TooMany() {
  return errors::Error(absl::StatusCode::kResourceExhausted, errors::kQueueFull)
      .Message("too many passwords wait to be verified")
      .Is(errors::Retry::kLater)
      .RetryAfter(absl::Seconds(1));
}

}  // namespace

Authenticator::Verification::Verification(Authenticator* authenticator,
                                          auth::LoginCache::Key key,
                                          auth::Credentials credentials)
    : authenticator_(authenticator),
      key_(key),
      credentials_(std::move(credentials)) {}

bool Authenticator::Verification::await_suspend(
    std::coroutine_handle<> waiter) {
  const Waiter self = {&runtime::Shard::Current(), waiter, &answer_};
  if (authenticator_->Enqueue(key_, self, std::move(credentials_))) return true;
  answer_ = TooMany();
  return false;
}

Authenticator::Answer Authenticator::Verification::await_resume() {
  return std::move(answer_);
}

Authenticator::Authenticator(Verify verify, const Clock* clock)
    : verify_(std::move(verify)),
      cache_(clock),
      refusals_(clock, [](absl::string_view line) { log::Warn(line); }),
      threads_(limits::kPasswordThreads) {}

bool Authenticator::Recognise(const grpc::ServerContext& context,
                              auth::Principal* principal) {
  std::optional<auth::Principal> known =
      cache_.Find(cache_.KeyOf(HeaderOf(context)));
  if (known.has_value()) *principal = *std::move(known);
  return known.has_value();
}

runtime::Task<absl::Status> Authenticator::Authenticate(
    const grpc::ServerContext& context, auth::Principal* principal) {
  const absl::string_view header = HeaderOf(context);
  std::optional<auth::Credentials> credentials =
      auth::ParseBasicCredentials(header);
  if (!credentials.has_value()) {
    refusals_.Add("", context.peer(), "no credentials");
    co_return Refused(
        "this service wants a user and a password: one `authorization` with "
        "HTTP basic credentials");
  }
  const std::string user = credentials->user;
  Verification verification(this, cache_.KeyOf(header),
                            *std::move(credentials));
  Answer answer = co_await verification;
  if (!answer.ok()) {
    refusals_.Add(user, context.peer(), answer.status().message());
    co_return answer.status();
  }
  if (!answer->has_value()) {
    refusals_.Add(user, context.peer(), "wrong credentials");
    co_return Refused("the user or the password is wrong");
  }
  *principal = **std::move(answer);
  co_return absl::OkStatus();
}

bool Authenticator::Enqueue(const auth::LoginCache::Key& key, Waiter waiter,
                            auth::Credentials credentials) {
  {
    MutexLock lock(&mutex_);
    const auto found = pending_.find(key);
    if (found != pending_.end()) {
      found->second.push_back(waiter);
      return true;
    }
    if (pending_.size() >= limits::kPasswordThreads + limits::kPasswordQueue) {
      return false;
    }
    pending_[key].push_back(waiter);
  }
  threads_.Run([this, key, credentials = std::move(credentials)] {
    Run(key, credentials);
  });
  return true;
}

void Authenticator::Run(const auth::LoginCache::Key& key,
                        const auth::Credentials& credentials) {
  const Answer answer = verify_(credentials);
  if (answer.ok() && answer->has_value()) cache_.Add(key, **answer);
  std::vector<Waiter> waiters;
  {
    MutexLock lock(&mutex_);
    waiters = std::move(pending_[key]);
    pending_.erase(key);
  }
  for (const Waiter& waiter : waiters) {
    *waiter.answer = answer;
    waiter.shard->Post([coroutine = waiter.coroutine] { coroutine.resume(); });
  }
}

void Authenticator::Stop() { threads_.Stop(); }

}  // namespace berth::rpc
