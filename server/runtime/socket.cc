#include "server/runtime/socket.h"

#include <sys/epoll.h>

#include <utility>

#include "server/runtime/shard.h"

namespace berth::runtime {
namespace {

constexpr uint32_t kRead = EPOLLIN | EPOLLRDHUP | EPOLLET;

}  // namespace

void Socket::Attach(int fd) {
  Shard* shard = &Shard::Current();
  if (shard_ == shard && fd_ == fd) return;
  Detach();
  shard_ = shard;
  fd_ = fd;
  epoll_event event{};
  event.events = kRead;
  event.data.ptr = this;
  epoll_ctl(shard_->epoll_fd(), EPOLL_CTL_ADD, fd_, &event);
}

void Socket::Detach() {
  if (shard_ == nullptr) return;
  epoll_ctl(shard_->epoll_fd(), EPOLL_CTL_DEL, fd_, nullptr);
  shard_->Forget(this);
  shard_ = nullptr;
  fd_ = -1;
  writable_watched_ = false;
  hung_up_ = false;
}

void Socket::Modify(uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = this;
  epoll_ctl(shard_->epoll_fd(), EPOLL_CTL_MOD, fd_, &event);
}

void Socket::Ready::await_suspend(std::coroutine_handle<> waiter) {
  socket_->waiter_ = waiter;
  ++socket_->shard_->socket_waits();
  if (for_write_ != socket_->writable_watched_) {
    socket_->writable_watched_ = for_write_;
    socket_->Modify(for_write_ ? (kRead | EPOLLOUT) : kRead);
  }
}

void Socket::OnReady(uint32_t events) {
  if (!waiter_) {
    // An edge of bytes that were read without a wait, or the end.
    hung_up_ = hung_up_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    return;
  }
  --shard_->socket_waits();
  std::exchange(waiter_, {}).resume();
}

}  // namespace berth::runtime
