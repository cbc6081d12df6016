#include "server/auth/login_cache.h"

#include <sodium.h>

#include "server/auth/sodium.h"
#include "server/base/limits.h"

namespace berth::auth {
namespace {

constexpr absl::Duration kIdle = absl::Minutes(limits::kLoginIdleMinutes);

}  // namespace

LoginCache::LoginCache(const Clock* clock) : clock_(clock) {
  InitializeSodium();
  randombytes_buf(secret_.data(), secret_.size());
}

LoginCache::Key LoginCache::KeyOf(absl::string_view header) const {
  Key key;
  crypto_generichash(key.data(), key.size(),
                     reinterpret_cast<const unsigned char*>(header.data()),
                     header.size(), secret_.data(), secret_.size());
  return key;
}

std::optional<Principal> LoginCache::Find(const Key& key) {
  const absl::Time now = clock_->Now();
  MutexLock lock(&mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.last_used + kIdle < now) {
    return std::nullopt;
  }
  found->second.last_used = now;
  return found->second.principal;
}

void LoginCache::Add(const Key& key, const Principal& principal) {
  const absl::Time now = clock_->Now();
  MutexLock lock(&mutex_);
  absl::erase_if(entries_, [now](const auto& entry) {
    return entry.second.last_used + kIdle < now;
  });
  entries_[key] = {principal, now};
}

}  // namespace berth::auth
