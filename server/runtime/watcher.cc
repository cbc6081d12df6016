#include "server/runtime/watcher.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/runtime/shard.h"

namespace berth::runtime {

Watcher::Watcher()
    : epoll_fd_(epoll_create1(EPOLL_CLOEXEC)),
      stop_fd_(eventfd(0, EFD_CLOEXEC)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, stop_fd_, &event);
  thread_ = std::thread([this] { Loop(); });
}

Watcher::~Watcher() {
  Stop();
  close(epoll_fd_);
  close(stop_fd_);
}

void Watcher::Add(Shard* shard, int epoll_fd) {
  epoll_event event{};
  event.events = EPOLLONESHOT;
  event.data.ptr = shard;
  epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, epoll_fd, &event);
}

// One-shot: level-triggered, the watcher would spin while the shard drains.
void Watcher::Arm(Shard* shard, int epoll_fd) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.ptr = shard;
  epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, epoll_fd, &event);
}

void Watcher::Stop() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_fd_, 1);
  thread_.join();
}

void Watcher::Loop() {
  pthread_setname_np(pthread_self(), "berth-watcher");
  epoll_event events[16];
  while (true) {
    const int ready = epoll_wait(epoll_fd_, events, 16, -1);
    for (int i = 0; i < ready; ++i) {
      if (events[i].data.ptr == nullptr) return;
      static_cast<Shard*>(events[i].data.ptr)->Wake();
    }
  }
}

}  // namespace berth::runtime
