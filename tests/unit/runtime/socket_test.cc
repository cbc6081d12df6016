#include "server/runtime/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "server/runtime/shard.h"
#include "tests/unit/runtime/notification.h"
#include "tests/unit/runtime/test_shard.h"

namespace berth::runtime {
namespace {

// Two connected sockets that do not block: `near` is the shard's.
class Pair {
 public:
  Pair() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    near_ = fds[0];
    far_ = fds[1];
  }
  ~Pair() {
    close(near_);
    CloseFar();
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  int near() const { return near_; }
  void CloseFar() {
    if (far_ >= 0) close(far_);
    far_ = -1;
  }
  void Send(char byte) { EXPECT_EQ(write(far_, &byte, 1), 1); }
  // Takes what the shard wrote.
  ssize_t DrainFar() {
    ssize_t sum = 0;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(far_, buffer, sizeof(buffer))) > 0;) sum += n;
    return sum;
  }
  // Makes the far side block, for a thread that echoes.
  int BlockingFar() {
    fcntl(far_, F_SETFL, fcntl(far_, F_GETFL) & ~O_NONBLOCK);
    return far_;
  }

 private:
  int near_ = -1;
  int far_ = -1;
};

// Reads one byte, as libmariadb does: waits only if there is none. -1: closed.
Task<int> ReadByte(Socket* socket, int fd) {
  while (true) {
    unsigned char byte = 0;
    const ssize_t got = read(fd, &byte, 1);
    if (got == 1) co_return byte;
    if (got == 0 || errno != EAGAIN) co_return -1;
    co_await socket->WaitReadable();
  }
}

// Attaches, reads one byte, and leaves.
Task<void> ReadOne(Pair* pair, int* byte, Notification* done) {
  Socket socket;
  socket.Attach(pair->near());
  *byte = co_await ReadByte(&socket, pair->near());
  socket.Detach();
  done->Notify();
}

TEST(Socket, WakesASleepingShardWhenItCanBeRead) {
  TestShard shard;
  Pair pair;
  int byte = 0;
  Notification done;
  shard->Post([&] { Spawn(ReadOne(&pair, &byte, &done)); });
  shard.Call([] {});
  // By now it has left its short wait and sleeps on its queue, from which only
  // the watcher can wake it.
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_FALSE(done.HasBeenNotified());
  pair.Send('x');
  done.Wait();
  EXPECT_EQ(byte, 'x');
}

TEST(Socket, SeesBytesThatWereThereBeforeItJoined) {
  TestShard shard;
  Pair pair;
  pair.Send('y');
  int byte = 0;
  Notification done;
  shard->Post([&] { Spawn(ReadOne(&pair, &byte, &done)); });
  done.Wait();
  EXPECT_EQ(byte, 'y');
}

TEST(Socket, WakesWhenTheOtherSideCloses) {
  TestShard shard;
  Pair pair;
  int byte = 0;
  Notification done;
  shard->Post([&] { Spawn(ReadOne(&pair, &byte, &done)); });
  shard.Call([] {});
  pair.CloseFar();
  done.Wait();
  EXPECT_EQ(byte, -1);
}

// A long statement must not cost a core.
TEST(Socket, CostsNoCpuWhileItIsWaitedFor) {
  TestShard shard;
  Pair pair;
  int byte = 0;
  Notification done;
  shard->Post([&] { Spawn(ReadOne(&pair, &byte, &done)); });
  shard.Call([] {});
  const int64_t before = shard.CpuNanos();
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_LT(shard.CpuNanos() - before, 5'000'000);
  pair.Send('z');
  done.Wait();
}

// Ping-pong with another thread: each round the shard waits anew, sometimes
// long enough to sleep.
TEST(Socket, LosesNoWakeUpOverManyRounds) {
  constexpr int kRounds = 20'000;
  TestShard shard;
  Pair pair;
  std::thread echo([fd = pair.BlockingFar()] {
    char byte = 0;
    for (int i = 0; i < kRounds; ++i) {
      ASSERT_EQ(read(fd, &byte, 1), 1);
      if (i % 500 == 0) absl::SleepFor(absl::Milliseconds(1));
      ASSERT_EQ(write(fd, &byte, 1), 1);
    }
  });
  int good = 0;
  shard.Await([&]() -> Task<void> {
    Socket socket;
    socket.Attach(pair.near());
    for (int i = 0; i < kRounds; ++i) {
      const char sent = static_cast<char>(i & 0x7F);
      EXPECT_EQ(write(pair.near(), &sent, 1), 1);
      const int got = co_await ReadByte(&socket, pair.near());
      if (got == sent) ++good;
    }
  });
  echo.join();
  EXPECT_EQ(good, kRounds);
}

TEST(Socket, WaitsUntilItCanBeWrittenAndReadsAfterwards) {
  TestShard shard;
  Pair pair;
  Notification full;
  Notification written;
  int byte = 0;
  Notification done;
  shard->Post([&] {
    Spawn([](Pair* p, Notification* f, Notification* w, int* b,
             Notification* d) -> Task<void> {
      Socket socket;
      socket.Attach(p->near());
      const std::string block(4096, 'x');
      while (write(p->near(), block.data(), block.size()) > 0) {
      }
      f->Notify();
      co_await socket.WaitWritable();
      w->Notify();
      *b = co_await ReadByte(&socket, p->near());
      socket.Detach();
      d->Notify();
    }(&pair, &full, &written, &byte, &done));
  });
  full.Wait();
  shard.Call([] {});
  EXPECT_FALSE(written.HasBeenNotified());
  EXPECT_GT(pair.DrainFar(), 0);
  written.Wait();
  EXPECT_FALSE(done.HasBeenNotified());
  pair.Send('r');
  done.Wait();
  EXPECT_EQ(byte, 'r');
}

TEST(Socket, KnowsThatItHungUpWhileNobodyWaited) {
  TestShard shard;
  Pair idle;
  Pair busy;
  auto socket = std::make_unique<Socket>();
  int byte = 0;
  Notification done;
  shard.Call([&] {
    socket->Attach(idle.near());
    EXPECT_TRUE(socket->attached());
    EXPECT_FALSE(socket->hung_up());
    idle.CloseFar();
    busy.Send('x');
    Spawn(ReadOne(&busy, &byte, &done));
  });
  // Sockets are looked at only while somebody waits for one.
  done.Wait();
  Notification again;
  shard->Post([&] { Spawn(ReadOne(&busy, &byte, &again)); });
  shard.Call([] {});
  busy.Send('y');
  again.Wait();
  shard.Call([&] {
    EXPECT_TRUE(socket->hung_up());
    socket.reset();
  });
}

// The other's memory is overwritten when it goes: whoever touched it
// afterwards would resume garbage.
TEST(Socket, IsNotTouchedOnceAnotherOfItsBatchDestroyedIt) {
  TestShard shard;
  for (int round = 0; round < 200; ++round) {
    Pair first;
    Pair second;
    alignas(Socket) unsigned char memory[sizeof(Socket)];
    auto* doomed = new (memory) Socket;
    Notification done;
    shard.Call([&] {
      doomed->Attach(second.near());
      Spawn([](Pair* p, Socket* victim, unsigned char* bytes,
               Notification* d) -> Task<void> {
        Socket socket;
        socket.Attach(p->near());
        co_await ReadByte(&socket, p->near());
        victim->~Socket();
        std::memset(bytes, 0xAB, sizeof(Socket));
        d->Notify();
      }(&first, doomed, memory, &done));
      // Both are ready before the shard looks again, the destroyer first.
      first.Send('a');
      second.Send('b');
      second.CloseFar();
    });
    done.Wait();
    shard.Call([] {});
    for (unsigned char byte : memory) ASSERT_EQ(byte, 0xAB);
  }
}

TEST(Socket, LeavesItsShardAndJoinsAnother) {
  TestShard first;
  TestShard second;
  Pair pair;
  auto socket = std::make_unique<Socket>();
  first.Call([&] {
    socket->Attach(pair.near());
    socket->Attach(pair.near());  // Does nothing.
    socket->Detach();
    EXPECT_FALSE(socket->attached());
  });
  int byte = 0;
  Notification done;
  second->Post([&] {
    socket->Attach(pair.near());
    Spawn([](Socket* s, int fd, int* b, Notification* d) -> Task<void> {
      *b = co_await ReadByte(s, fd);
      s->Detach();
      d->Notify();
    }(socket.get(), pair.near(), &byte, &done));
  });
  second.Call([] {});
  pair.Send('s');
  done.Wait();
  EXPECT_EQ(byte, 's');
}

}  // namespace
}  // namespace berth::runtime
