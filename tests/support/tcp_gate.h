// A network that can be made to fail.
#ifndef BERTH_TESTS_SUPPORT_TCP_GATE_H_
#define BERTH_TESTS_SUPPORT_TCP_GATE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace berth::test {

// Listens on a port of loopback and carries every connection on to another
// port, with a thread of its own. Faults hold for connections that are open as
// for later ones, from the moment they are set until `Heal`:
//
//   TcpGate gate(berthd.port());
//   auto client = Client::Connect(gate.endpoint());
//   gate.Swallow(TcpGate::kToServer);  // From here on berthd hears nothing.
//
// A byte counts as passed when it has been handed to the far end's socket.
//
// Thread safety: all functions may be called from any thread.
class TcpGate {
 public:
  enum Direction { kToServer = 0, kToClient = 1 };

  explicit TcpGate(int target_port);
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  int port() const { return port_; }
  std::string endpoint() const;

  // Hands each piece on so much later.
  void Delay(Direction direction, absl::Duration delay);
  // Takes bytes and drops them. Nobody is told: connections stay open, also
  // when an end closes.
  void Swallow(Direction direction);
  void SwallowBoth();
  // Lets `bytes` more pass, over all connections, then resets every connection
  // at once.
  void CutAfter(Direction direction, uint64_t bytes);
  // Passes at most so many bytes in a second, over all connections.
  void LimitRate(Direction direction, uint64_t bytes_per_second);
  // Resets new connections as soon as they are made.
  void Refuse();
  // Resets every open connection.
  void Cut();
  // Ends all faults; what was swallowed is lost.
  void Heal();

  // Bytes that have passed since the gate was made.
  uint64_t Passed(Direction direction) const;
  // Connections that are open.
  int Connections() const;

 private:
  struct Faults {
    absl::Duration delay = absl::ZeroDuration();
    bool swallow = false;
    // Bytes until the cut; UINT64_MAX: none.
    uint64_t left = UINT64_MAX;
    // 0: no limit.
    uint64_t rate = 0;
    // Bytes that the rate allows at `refilled`.
    double tokens = 0;
    absl::Time refilled = absl::InfinitePast();
  };
  struct Piece {
    std::string bytes;
    size_t sent = 0;
    absl::Time due;
  };
  // The way of a connection in one direction.
  struct Pipe {
    int from = -1;
    int to = -1;
    std::deque<Piece> pieces;
    size_t queued = 0;
    // `from` has said that it sends no more.
    bool ended = false;
    bool told = false;
  };
  struct Link {
    int client = -1;
    int server = -1;
    Pipe pipes[2];
    bool dead = false;
  };

  void Run();
  void Wake();
  void Accept() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Receive(Link& link, Direction direction)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forward(Link& link, Direction direction)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // How many bytes may pass now.
  uint64_t Allowance(Faults& faults) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CutLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int target_port_;
  int port_ = 0;
  int listener_ = -1;
  int wake_ = -1;
  mutable absl::Mutex mutex_;
  std::list<Link> links_ ABSL_GUARDED_BY(mutex_);
  Faults faults_[2] ABSL_GUARDED_BY(mutex_);
  uint64_t passed_[2] ABSL_GUARDED_BY(mutex_) = {0, 0};
  bool refuse_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_TCP_GATE_H_
