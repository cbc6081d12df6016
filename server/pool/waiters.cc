#include "server/pool/waiters.h"

namespace berth::pool {

void Waiters::Add(Waiter* waiter) {
  waiter->sequence = ++sequence_;
  auto& list = ListOf(waiter);
  waiter->position = list.insert(list.end(), waiter);
}

void Waiters::Remove(Waiter* waiter) { ListOf(waiter).erase(waiter->position); }

Waiter* Waiters::Next(bool sessions_too) const {
  Waiter* call = calls_.empty() ? nullptr : calls_.front();
  if (!sessions_too || sessions_.empty()) return call;
  Waiter* session = sessions_.front();
  if (call == nullptr || session->sequence < call->sequence) return session;
  return call;
}

}  // namespace berth::pool
