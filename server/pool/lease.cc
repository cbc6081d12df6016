#include "server/pool/lease.h"

#include <utility>

#include "server/pool/pool.h"

namespace berth::pool {

Lease::Lease(Lease&& other) noexcept
    : pool_(other.pool_),
      connection_(std::exchange(other.connection_, nullptr)),
      reset_(other.reset_),
      offer_(std::exchange(other.offer_, 0)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(connection_, other.connection_);
  std::swap(reset_, other.reset_);
  std::swap(offer_, other.offer_);
  return *this;
}

Lease::~Lease() {
  if (offer_ != 0) Reclaim();
  if (connection_ == nullptr) return;
  if (reset_) connection_->MarkDirty();
  pool_->Release(connection_);
}

void Lease::Offer() {
  offer_ = pool_->Offer(connection_);
  if (offer_ == 0) connection_ = nullptr;
}

bool Lease::Reclaim() {
  const uint64_t offer = std::exchange(offer_, 0);
  if (offer != 0 && !pool_->Reclaim(connection_, offer)) connection_ = nullptr;
  return connection_ != nullptr;
}

}  // namespace berth::pool
