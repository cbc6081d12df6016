#include "tests/support/tcp_gate.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/time/clock.h"

namespace berth::test {
namespace {

// How much one direction of a connection may hold back before its sender is
// made to wait.
constexpr size_t kQueueBytes = 1 << 20;
constexpr size_t kReadBytes = 64 * 1024;
// The step of delays and rates.
constexpr int kTickMs = 2;

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

void SendAtOnce(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// Closes with a reset instead of a goodbye.
void Reset(int fd) {
  if (fd < 0) return;
  const linger now = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(fd);
}

}  // namespace

TcpGate::TcpGate(int target_port) : target_port_(target_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  if (listener_ < 0 || wake_ < 0 ||
      bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(listener_, SOMAXCONN) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) !=
          0) {
    std::perror("TcpGate");
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

TcpGate::~TcpGate() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  Wake();
  thread_.join();
  for (Link& link : links_) {
    Reset(link.client);
    Reset(link.server);
  }
  close(listener_);
  close(wake_);
}

std::string TcpGate::endpoint() const {
  return "127.0.0.1:" + std::to_string(port_);
}

void TcpGate::Wake() { eventfd_write(wake_, 1); }

void TcpGate::Delay(Direction direction, absl::Duration delay) {
  absl::MutexLock lock(&mutex_);
  faults_[direction].delay = delay;
}

void TcpGate::Swallow(Direction direction) {
  absl::MutexLock lock(&mutex_);
  faults_[direction].swallow = true;
}

void TcpGate::SwallowBoth() {
  Swallow(kToServer);
  Swallow(kToClient);
}

void TcpGate::CutAfter(Direction direction, uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  faults_[direction].left = bytes;
}

void TcpGate::LimitRate(Direction direction, uint64_t bytes_per_second) {
  absl::MutexLock lock(&mutex_);
  faults_[direction].rate = bytes_per_second;
  faults_[direction].tokens = 0;
  faults_[direction].refilled = absl::Now();
}

void TcpGate::Refuse() {
  absl::MutexLock lock(&mutex_);
  refuse_ = true;
}

void TcpGate::Cut() {
  absl::MutexLock lock(&mutex_);
  CutLocked();
  Wake();
}

void TcpGate::Heal() {
  absl::MutexLock lock(&mutex_);
  for (Faults& faults : faults_) faults = Faults();
  refuse_ = false;
  Wake();
}

uint64_t TcpGate::Passed(Direction direction) const {
  absl::MutexLock lock(&mutex_);
  return passed_[direction];
}

int TcpGate::Connections() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(links_.size());
}

void TcpGate::CutLocked() {
  for (Link& link : links_) link.dead = true;
}

void TcpGate::Accept() {
  while (true) {
    const int client =
        accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    if (refuse_) {
      Reset(client);
      continue;
    }
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(target_port_);
    // On loopback this is done or refused at once.
    if (connect(server, reinterpret_cast<const sockaddr*>(&address),
                sizeof(address)) != 0) {
      Reset(client);
      close(server);
      continue;
    }
    SendAtOnce(client);
    SendAtOnce(server);
    Link& link = links_.emplace_back();
    link.client = client;
    link.server = server;
    link.pipes[kToServer].from = client;
    link.pipes[kToServer].to = server;
    link.pipes[kToClient].from = server;
    link.pipes[kToClient].to = client;
  }
}

void TcpGate::Receive(Link& link, Direction direction) {
  Pipe& pipe = link.pipes[direction];
  Faults& faults = faults_[direction];
  std::string bytes(kReadBytes, '\0');
  const ssize_t got = recv(pipe.from, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got > 0) {
    if (faults.swallow) return;
    bytes.resize(static_cast<size_t>(got));
    pipe.queued += bytes.size();
    pipe.pieces.push_back({std::move(bytes), 0, absl::Now() + faults.delay});
  } else if (got == 0) {
    pipe.ended = true;
  } else if (errno != EAGAIN && errno != EINTR) {
    pipe.ended = true;
    if (!faults.swallow) link.dead = true;
  }
}

uint64_t TcpGate::Allowance(Faults& faults) {
  if (faults.rate == 0) return faults.left;
  const absl::Time now = absl::Now();
  const double rate = static_cast<double>(faults.rate);
  faults.tokens += rate * absl::ToDoubleSeconds(now - faults.refilled);
  faults.tokens = std::min(faults.tokens, std::max(1.0, rate / 10));
  faults.refilled = now;
  return std::min(static_cast<uint64_t>(faults.tokens), faults.left);
}

void TcpGate::Forward(Link& link, Direction direction) {
  Pipe& pipe = link.pipes[direction];
  Faults& faults = faults_[direction];
  if (faults.swallow) {
    pipe.pieces.clear();
    pipe.queued = 0;
    return;
  }
  while (!pipe.pieces.empty() && !link.dead) {
    Piece& piece = pipe.pieces.front();
    if (piece.due > absl::Now()) return;
    const uint64_t allowed = Allowance(faults);
    if (allowed == 0) return;
    const size_t size = static_cast<size_t>(
        std::min<uint64_t>(piece.bytes.size() - piece.sent, allowed));
    const ssize_t sent = send(pipe.to, piece.bytes.data() + piece.sent, size,
                              MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN && errno != EINTR) link.dead = true;
      return;
    }
    const uint64_t count = static_cast<uint64_t>(sent);
    passed_[direction] += count;
    if (faults.rate != 0) faults.tokens -= static_cast<double>(count);
    piece.sent += count;
    pipe.queued -= count;
    if (piece.sent == piece.bytes.size()) pipe.pieces.pop_front();
    if (faults.left == UINT64_MAX) continue;
    faults.left -= count;
    if (faults.left == 0) {
      faults.left = UINT64_MAX;
      return CutLocked();
    }
  }
  if (pipe.ended && !pipe.told && pipe.pieces.empty()) {
    shutdown(pipe.to, SHUT_WR);
    pipe.told = true;
  }
}

void TcpGate::Run() {
  std::vector<pollfd> fds;
  while (true) {
    fds.assign({{listener_, POLLIN, 0}, {wake_, POLLIN, 0}});
    bool waiting = false;
    {
      absl::MutexLock lock(&mutex_);
      for (Link& link : links_) {
        for (Pipe& pipe : link.pipes) {
          const bool reads = !pipe.ended && pipe.queued < kQueueBytes;
          fds.push_back({reads ? pipe.from : -1, POLLIN, 0});
          waiting |= !pipe.pieces.empty();
        }
      }
    }
    poll(fds.data(), fds.size(), waiting ? kTickMs : -1);
    eventfd_t count;
    eventfd_read(wake_, &count);
    absl::MutexLock lock(&mutex_);
    if (stop_) return;
    size_t i = 2;
    for (Link& link : links_) {
      for (const Direction direction : {kToServer, kToClient}) {
        if (fds[i++].revents != 0) Receive(link, direction);
      }
    }
    for (Link& link : links_) {
      Forward(link, kToServer);
      Forward(link, kToClient);
    }
    links_.remove_if([](Link& link) {
      if (link.pipes[0].told && link.pipes[1].told) link.dead = true;
      if (!link.dead) return false;
      Reset(link.client);
      Reset(link.server);
      return true;
    });
    Accept();
  }
}

}  // namespace berth::test
