// L-db: the bare libmariadb loop, without a service: prepared point selects,
// non-blocking, N connections on one thread.
#include <sys/epoll.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "tests/benchmark/latency.h"
#include "tests/benchmark/point_select.h"

namespace berth::benchmark {
namespace {

struct Connection {
  explicit Connection(const DatabaseAddress& address) : select(address) {}
  PointSelect select;
  uint32_t events = EPOLLIN;
  Clock::time_point started;
};

class DirectClient {
 public:
  DirectClient(const DatabaseAddress& address, int connections, int rows)
      : epoll_(epoll_create1(EPOLL_CLOEXEC)), ids_(1, rows) {
    for (int i = 0; i < connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(address));
      Watch(*connections_.back(), EPOLL_CTL_ADD);
    }
  }

  void Run(Measurement& measurement) {
    for (auto& connection : connections_) Next(*connection, measurement);
    while (!measurement.Over(Clock::now())) {
      epoll_event events[64];
      const int count = epoll_wait(epoll_, events, 64, 1000);
      for (int i = 0; i < count; ++i) {
        auto& connection = *static_cast<Connection*>(events[i].data.ptr);
        int ready = 0;
        if (events[i].events & ~EPOLLOUT) ready |= MYSQL_WAIT_READ;
        if (events[i].events & EPOLLOUT) ready |= MYSQL_WAIT_WRITE;
        const int wait = connection.select.Continue(ready);
        if (wait != 0) {
          WaitFor(connection, wait);
        } else {
          measurement.Add(connection.started, Clock::now());
          Next(connection, measurement);
        }
      }
    }
  }

 private:
  void Next(Connection& connection, Measurement& measurement) {
    for (;;) {
      connection.started = Clock::now();
      const int wait = connection.select.Start(ids_(random_));
      if (wait != 0) return WaitFor(connection, wait);
      measurement.Add(connection.started, Clock::now());
    }
  }

  void WaitFor(Connection& connection, int wait) {
    const uint32_t events = (wait & MYSQL_WAIT_READ ? EPOLLIN : 0u) |
                            (wait & MYSQL_WAIT_WRITE ? EPOLLOUT : 0u);
    if (events == connection.events) return;
    connection.events = events;
    Watch(connection, EPOLL_CTL_MOD);
  }

  void Watch(Connection& connection, int operation) {
    epoll_event event{};
    event.events = connection.events;
    event.data.ptr = &connection;
    epoll_ctl(epoll_, operation, connection.select.fd(), &event);
  }

  const int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::minstd_rand random_{1};
  std::uniform_int_distribution<int32_t> ids_;
};

}  // namespace
}  // namespace berth::benchmark

int main(int argc, char** argv) {
  berth::benchmark::DatabaseAddress address;
  int connections = 16;
  int rows = 100'000;
  double seconds = 5;
  double warmup = 1;
  CLI::App app("The direct client of the benchmark suite.");
  app.add_option("--connections", connections);
  app.add_option("--rows", rows, "Ids run from 1 to this.");
  app.add_option("--seconds", seconds);
  app.add_option("--warmup", warmup);
  app.add_option("--socket", address.socket);
  app.add_option("--host", address.host);
  app.add_option("--port", address.port);
  app.add_option("--user", address.user);
  app.add_option("--password", address.password);
  app.add_option("--database", address.database);
  CLI11_PARSE(app, argc, argv);
  berth::benchmark::DirectClient client(address, connections, rows);
  berth::benchmark::Measurement measurement(warmup, seconds);
  client.Run(measurement);
  measurement.Print();
  std::fflush(stdout);
  // Selects are still in flight: their handles must not be closed.
  std::quick_exit(0);
}
