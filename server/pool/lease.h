// A lease: the right to use one connection.
#ifndef BERTH_SERVER_POOL_LEASE_H_
#define BERTH_SERVER_POOL_LEASE_H_

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

 private:
  Pool* pool_ = nullptr;
  mariadb::Connection* connection_ = nullptr;
};

}  // namespace berth::pool

#endif  // BERTH_SERVER_POOL_LEASE_H_
