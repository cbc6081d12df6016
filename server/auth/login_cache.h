// Credentials that were found right, so that they need not be verified with
// each call.
#ifndef BERTH_SERVER_AUTH_LOGIN_CACHE_H_
#define BERTH_SERVER_AUTH_LOGIN_CACHE_H_

#include <array>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/auth/principal.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace berth::auth {

// Remembers principals by a keyed hash of their credentials, which tells
// nothing of them without the key of this process. An entry that is not asked
// for during `limits::kLoginIdleMinutes` is forgotten. Only what was found
// right is added, and right credentials have one spelling, so there are never
// more entries than users. Thread-safe.
class LoginCache {
 public:
  // BLAKE2b-256.
  using Key = std::array<unsigned char, 32>;

  // Borrows the clock.
  explicit LoginCache(const Clock* clock);

  // What stands for these credentials, as their header spells them.
  Key KeyOf(absl::string_view header) const;
  // Who they belong to; nullopt if that is not known, or no more.
  std::optional<Principal> Find(const Key& key) ABSL_LOCKS_EXCLUDED(mutex_);
  void Add(const Key& key, const Principal& principal)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Entry {
    Principal principal;
    absl::Time last_used;
  };

  const Clock* const clock_;
  std::array<unsigned char, 32> secret_;
  Mutex mutex_;
  absl::flat_hash_map<Key, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::auth

#endif  // BERTH_SERVER_AUTH_LOGIN_CACHE_H_
