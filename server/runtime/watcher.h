// The watcher: the one thread that waits for database sockets while shards
// sleep.
#ifndef BERTH_SERVER_RUNTIME_WATCHER_H_
#define BERTH_SERVER_RUNTIME_WATCHER_H_

#include <thread>

namespace berth::runtime {

class Shard;

// Watches the shards' epoll sets (an epoll descriptor can itself be polled)
// and wakes a shard that sleeps on its completion queue when one of its
// sockets is ready. So a long statement costs no spinning.
class Watcher {
 public:
  Watcher();
  // Stops and joins. To be done before any completion queue is shut down: a
  // wake-up after that would abort the process.
  ~Watcher();

  // Registers a shard's epoll descriptor, not armed.
  void Add(Shard* shard, int epoll_fd);
  // Asks for one wake-up of the shard when its descriptor is ready; readiness
  // that is already there counts. Called by the shard before it sleeps.
  void Arm(Shard* shard, int epoll_fd);
  void Stop();

 private:
  void Loop();

  int epoll_fd_;
  int stop_fd_;
  std::thread thread_;
};

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_WATCHER_H_
