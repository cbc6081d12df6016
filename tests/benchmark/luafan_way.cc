// LuaFan's way of working, without Lua: for each read prepare, execute, fetch
// and close on a connection of its own to MariaDB; non-blocking, N connections
// on one thread.
#include <mysql.h>
#include <poll.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr char kSql[] =
    "SELECT id, k, c, pad FROM sbtest WHERE id = ? limit 0,1";

[[noreturn]] void Fail(const char* what, const char* why) {
  std::fprintf(stderr, "%s: %s\n", what, why);
  std::exit(1);
}

// One connection and the read that it is at.
class Reader {
 public:
  Reader(const std::string& socket, const std::string& user,
         const std::string& password, const std::string& database, bool cursor)
      : cursor_(cursor) {
    mysql_init(&mysql_);
    mysql_options(&mysql_, MYSQL_OPT_NONBLOCK, nullptr);
    if (mysql_real_connect(&mysql_, nullptr, user.c_str(), password.c_str(),
                           database.c_str(), 0, socket.c_str(), 0) == nullptr) {
      Fail("connect", mysql_error(&mysql_));
    }
  }
  ~Reader() { mysql_close(&mysql_); }

  int fd() { return mysql_get_socket(&mysql_); }
  int wait() const { return wait_; }
  bool busy() const { return step_ != Step::kIdle; }

  // Begins to read a row. What can be done at once is done.
  void Start(int id) {
    id_ = id;
    stmt_ = mysql_stmt_init(&mysql_);
    if (cursor_) {
      unsigned long type = CURSOR_TYPE_READ_ONLY, rows = 5;
      mysql_stmt_attr_set(stmt_, STMT_ATTR_CURSOR_TYPE, &type);
      mysql_stmt_attr_set(stmt_, STMT_ATTR_PREFETCH_ROWS, &rows);
    }
    step_ = Step::kPrepare;
    wait_ = mysql_stmt_prepare_start(&failed_, stmt_, kSql, sizeof(kSql) - 1);
    Advance();
  }

  void Continue(int ready) {
    switch (step_) {
      case Step::kPrepare:
        wait_ = mysql_stmt_prepare_cont(&failed_, stmt_, ready);
        break;
      case Step::kExecute:
        wait_ = mysql_stmt_execute_cont(&failed_, stmt_, ready);
        break;
      case Step::kFetch:
        wait_ = mysql_stmt_fetch_cont(&failed_, stmt_, ready);
        break;
      case Step::kClose:
        wait_ = mysql_stmt_close_cont(&closed_, stmt_, ready);
        break;
      case Step::kIdle:
        return;
    }
    Advance();
  }

 private:
  enum class Step { kIdle, kPrepare, kExecute, kFetch, kClose };

  void Bind() {
    std::memset(&parameter_, 0, sizeof(parameter_));
    number_ = id_;
    parameter_.buffer_type = MYSQL_TYPE_DOUBLE;  // as LuaFan binds numbers
    parameter_.buffer = &number_;
    mysql_stmt_bind_param(stmt_, &parameter_);
    std::memset(columns_, 0, sizeof(columns_));
    for (int i = 0; i < 2; ++i) {
      columns_[i].buffer_type = MYSQL_TYPE_LONG;
      columns_[i].buffer = &integers_[i];
      columns_[i + 2].buffer_type = MYSQL_TYPE_STRING;
      columns_[i + 2].buffer = texts_[i];
      columns_[i + 2].buffer_length = sizeof(texts_[i]);
    }
    mysql_stmt_bind_result(stmt_, columns_);
  }

  void Advance() {
    while (wait_ == 0 && step_ != Step::kIdle) {
      switch (step_) {
        case Step::kPrepare:
          if (failed_ != 0) Fail("prepare", mysql_stmt_error(stmt_));
          Bind();
          step_ = Step::kExecute;
          wait_ = mysql_stmt_execute_start(&failed_, stmt_);
          break;
        case Step::kExecute:
          if (failed_ != 0) Fail("execute", mysql_stmt_error(stmt_));
          rows_ = 0;
          step_ = Step::kFetch;
          wait_ = mysql_stmt_fetch_start(&failed_, stmt_);
          break;
        case Step::kFetch:
          if (failed_ == 1) Fail("fetch", mysql_stmt_error(stmt_));
          if (failed_ == MYSQL_NO_DATA) {
            if (rows_ != 1) Fail("fetch", "the row is missing");
            step_ = Step::kClose;
            wait_ = mysql_stmt_close_start(&closed_, stmt_);
            break;
          }
          if (integers_[0] != id_) Fail("fetch", "another row");
          ++rows_;
          wait_ = mysql_stmt_fetch_start(&failed_, stmt_);
          break;
        case Step::kClose:
          step_ = Step::kIdle;
          break;
        case Step::kIdle:
          break;
      }
    }
  }

  const bool cursor_;
  MYSQL mysql_;
  MYSQL_STMT* stmt_ = nullptr;
  Step step_ = Step::kIdle;
  int wait_ = 0, failed_ = 0, rows_ = 0, id_ = 0;
  my_bool closed_ = 0;
  double number_ = 0;
  int integers_[2] = {};
  char texts_[2][512];
  MYSQL_BIND parameter_, columns_[4];
};

long all_calls = 0;

double Measure(std::vector<std::unique_ptr<Reader>>& readers, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  const auto stop = started + std::chrono::duration<double>(seconds);
  long calls = 0;
  std::vector<pollfd> fds(readers.size());
  for (auto& reader : readers) reader->Start(1 + calls * 7919 % 100000);
  bool over = false;
  while (!over) {
    for (size_t i = 0; i < readers.size(); ++i) {
      fds[i].fd = readers[i]->fd();
      fds[i].events = POLLIN;
      if (readers[i]->wait() & MYSQL_WAIT_WRITE) fds[i].events |= POLLOUT;
    }
    poll(fds.data(), fds.size(), -1);
    over = Clock::now() >= stop;
    for (size_t i = 0; i < readers.size(); ++i) {
      if (fds[i].revents == 0) continue;
      int ready = 0;
      if (fds[i].revents & POLLIN) ready |= MYSQL_WAIT_READ;
      if (fds[i].revents & POLLOUT) ready |= MYSQL_WAIT_WRITE;
      readers[i]->Continue(ready);
      while (!readers[i]->busy() && !over) {
        readers[i]->Start(1 + ++calls * 7919 % 100000);
      }
    }
  }
  std::chrono::duration<double> took = Clock::now() - started;
  for (auto& reader : readers) {
    while (reader->busy()) {
      pollfd one{reader->fd(), POLLIN, 0};
      poll(&one, 1, -1);
      reader->Continue(MYSQL_WAIT_READ);
    }
  }
  all_calls += calls;
  return static_cast<double>(calls) / took.count();
}

}  // namespace

int main(int argc, char** argv) {
  std::string socket, user, password, database;
  int connections = 16;
  double seconds = 2;
  bool cursor = false;
  CLI::App app(
      "Reads as LuaFan does; prints reads per second, and all that it did.");
  app.add_option("--socket", socket)->required();
  app.add_option("--user", user);
  app.add_option("--password", password);
  app.add_option("--database", database);
  app.add_option("--connections", connections);
  app.add_option("--seconds", seconds);
  app.add_flag("--cursor", cursor, "with LuaFan's server-side cursor");
  CLI11_PARSE(app, argc, argv);
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < connections; ++i) {
    readers.push_back(
        std::make_unique<Reader>(socket, user, password, database, cursor));
  }
  Measure(readers, 0.3);
  const double rate = Measure(readers, seconds);
  std::printf("%.0f %ld\n", rate, all_calls);
  return 0;
}
