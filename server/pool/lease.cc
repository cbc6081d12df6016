#include "server/pool/lease.h"

#include <utility>

#include "server/pool/pool.h"

namespace berth::pool {

Lease::Lease(Lease&& other) noexcept
    : pool_(other.pool_),
      connection_(std::exchange(other.connection_, nullptr)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(connection_, other.connection_);
  return *this;
}

Lease::~Lease() {
  if (connection_ != nullptr) pool_->Release(connection_);
}

}  // namespace berth::pool
