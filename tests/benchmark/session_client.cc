// What lua_safe.lua does, in C++: sessions with one read each, one after the
// other, by a number of users in one thread. Prints sessions per second, and
// all that there were.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "berth/client/client.h"

namespace {

using berth::client::Client;
using berth::client::Session;
using berth::client::SessionOptions;
namespace v1 = berth::v1;

[[noreturn]] void Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

template <typename T>
T Get(absl::StatusOr<T> result) {
  if (!result.ok()) Fail(result.status());
  return *std::move(result);
}

// Which users have something to look at.
class Events {
 public:
  Events() : fd_(eventfd(0, EFD_CLOEXEC)) {}

  void Signal(size_t user) {
    std::lock_guard lock(mu_);
    users_.push_back(user);
    const uint64_t one = 1;
    if (users_.size() == 1 && write(fd_, &one, sizeof(one)) < 0) std::abort();
  }

  std::vector<size_t> Wait() {
    pollfd ready{fd_, POLLIN, 0};
    poll(&ready, 1, -1);
    std::vector<size_t> users;
    std::lock_guard lock(mu_);
    uint64_t count;
    if (read(fd_, &count, sizeof(count)) < 0) std::abort();
    users.swap(users_);
    return users;
  }

 private:
  const int fd_;
  std::mutex mu_;
  std::vector<size_t> users_;
};

long calls = 0, all_calls = 0;

// One user: its session, and the read that it waits for.
class User {
 public:
  User(const Client* client, SessionOptions options)
      : client_(client), options_(std::move(options)) {}

  // Sends the next read, in a session of its own.
  void Start() {
    id_ = static_cast<int>(calls++ * 7919 % 100000) + 1;
    if (!session_.has_value() || !session_->Renew()) {
      End();
      session_.emplace(Get(client_->OpenSession(options_)));
    }
    v1::SessionRequest request;
    v1::SelectSpec& select = *request.mutable_select();
    select.set_table("sbtest");
    select.set_max_rows(1);
    select.mutable_filter()->set_where("id = ?");
    select.mutable_filter()->add_parameters()->set_int_value(id_);
    request_ = Get(session_->Send(std::move(request)));
  }

  bool Ready() { return session_.has_value() && session_->Ready(request_); }

  void Finish() {
    const auto answer = Get(session_->Receive(request_));
    const v1::Row& row = answer.front().result().rows().rows(0);
    if (row.values(0).int_value() != id_) std::abort();
  }

  void End() {
    if (session_.has_value()) session_->End().IgnoreError();
    session_.reset();
  }

 private:
  const Client* const client_;
  const SessionOptions options_;
  std::optional<Session> session_;
  uint32_t request_ = 0;
  int id_ = 0;
};

using Clock = std::chrono::steady_clock;

SessionOptions Options() {
  SessionOptions options;
  options.open_with_first_request = true;
  return options;
}

void Block(const Client& client, Clock::time_point stop) {
  User user(&client, Options());
  while (Clock::now() < stop) {
    user.Start();
    user.Finish();
    user.End();  // a program that blocks has no next read at hand
  }
}

void Loop(const Client& client, int count, Clock::time_point stop) {
  Events events;
  std::deque<User> users;
  for (int i = 0; i < count; ++i) {
    SessionOptions options = Options();
    options.on_event = [&events, i] { events.Signal(i); };
    users.emplace_back(&client, std::move(options));
  }
  int running = 0;
  // Goes on as far as a user can without waiting.
  auto advance = [&](User& user) {
    while (user.Ready()) {
      user.Finish();
      if (Clock::now() >= stop) {
        user.End();
        --running;
        return;
      }
      user.Start();
    }
  };
  for (User& user : users) {
    ++running;
    user.Start();
    advance(user);
  }
  while (running > 0) {
    for (size_t user : events.Wait()) advance(users[user]);
  }
}

double Measure(const Client& client, int users, double seconds) {
  calls = 0;
  const auto started = Clock::now();
  const auto stop = started + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(seconds));
  if (users == 0) {
    Block(client, stop);
  } else {
    Loop(client, users, stop);
  }
  std::chrono::duration<double> took = Clock::now() - started;
  all_calls += calls;
  return static_cast<double>(calls) / took.count();
}

}  // namespace

int main(int argc, char** argv) {
  std::string target, database;
  int users = 16;
  double seconds = 2;
  CLI::App app(
      "Sessions with one read each; prints how many per second, and how many "
      "in all.");
  app.add_option("--target", target)->required();
  app.add_option("--database", database);
  app.add_option("--users", users, "0: one, without an event loop");
  app.add_option("--seconds", seconds);
  CLI11_PARSE(app, argc, argv);
  berth::client::Options options;
  options.database = database;
  const Client client = Get(Client::Connect(target, options));
  Measure(client, users, 0.3);
  const double rate = Measure(client, users, seconds);
  std::printf("%.0f %ld\n", rate, all_calls);
  return 0;
}
