// A socket that a coroutine can wait for.
#ifndef BERTH_SERVER_RUNTIME_SOCKET_H_
#define BERTH_SERVER_RUNTIME_SOCKET_H_

#include <coroutine>
#include <cstdint>

namespace berth::runtime {

class Shard;

// Watches a descriptor that somebody else owns and closes, on the shard that
// attached it.
//
// The descriptor is registered edge-triggered: the caller waits only after a
// read or write told it to, so an edge that comes before the wait is the one
// that the read has already seen.
class Socket {
 public:
  Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { Detach(); }

  // Joins the current shard's epoll set; leaves another one first.
  void Attach(int fd);
  // Leaves the epoll set. Nobody may be waiting.
  void Detach();
  bool attached() const { return shard_ != nullptr; }

  // Whether the other side closed while nobody waited.
  bool hung_up() const { return hung_up_; }

  // Waits until the socket may be read (`for_read`) or written (`for_write`),
  // or has failed.
  class Ready {
   public:
    Ready(Socket* socket, bool for_write)
        : socket_(socket), for_write_(for_write) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter);
    void await_resume() const noexcept {}

   private:
    Socket* socket_;
    bool for_write_;
  };
  Ready WaitReadable() { return Ready(this, /*for_write=*/false); }
  Ready WaitWritable() { return Ready(this, /*for_write=*/true); }

  // Called by the shard.
  void OnReady(uint32_t events);

 private:
  void Modify(uint32_t events);

  Shard* shard_ = nullptr;
  int fd_ = -1;
  bool writable_watched_ = false;
  bool hung_up_ = false;
  std::coroutine_handle<> waiter_;
};

}  // namespace berth::runtime

#endif  // BERTH_SERVER_RUNTIME_SOCKET_H_
