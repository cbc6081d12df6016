// A lease: the right to use one connection.
#ifndef BERTH_SERVER_POOL_LEASE_H_
#define BERTH_SERVER_POOL_LEASE_H_

#include <cstdint>
#include <memory>

#include "server/mariadb/connection.h"

namespace berth::pool {

class Pool;

// Holds a connection and gives it back in its destructor. Move-only, since a
// connection has one user.
class Lease {
 public:
  Lease() = default;
  Lease(Pool* pool, mariadb::Connection* connection)
      : pool_(pool), connection_(connection) {}
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  explicit operator bool() const { return connection_ != nullptr; }
  mariadb::Connection* operator->() const { return connection_; }
  mariadb::Connection& operator*() const { return *connection_; }

  // Has the connection reset when it is given back, though it is not dirty.
  void ResetAtEnd() { reset_ = true; }

  // Lets the pool give the connection to somebody who waits for one. From now
  // on it must not be used until Reclaim says that it is still there; if it is
  // not, the lease is empty afterwards. Only for a connection that is clean.
  void Offer();
  bool Reclaim();

 private:
  Pool* pool_ = nullptr;
  mariadb::Connection* connection_ = nullptr;
  bool reset_ = false;
  uint64_t offer_ = 0;  // Its number while offered; else 0.
};

}  // namespace berth::pool

#endif  // BERTH_SERVER_POOL_LEASE_H_
