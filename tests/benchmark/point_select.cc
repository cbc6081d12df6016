#include "tests/benchmark/point_select.h"

#include <fcntl.h>

#include <cstdio>
#include <cstdlib>

namespace berth::benchmark {
namespace {

constexpr char kSql[] = "SELECT id, k, c, pad FROM sbtest WHERE id = ?";

MYSQL_BIND BindInt(int32_t* value) {
  MYSQL_BIND bind{};
  bind.buffer_type = MYSQL_TYPE_LONG;
  bind.buffer = value;
  return bind;
}

MYSQL_BIND BindText(char* text, unsigned long capacity, unsigned long* length) {
  MYSQL_BIND bind{};
  bind.buffer_type = MYSQL_TYPE_STRING;
  bind.buffer = text;
  bind.buffer_length = capacity;
  bind.length = length;
  return bind;
}

const char* OrNull(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

}  // namespace

PointSelect::PointSelect(const DatabaseAddress& address)
    : mysql_(mysql_init(nullptr)) {
  mysql_options(mysql_, MYSQL_OPT_NONBLOCK, nullptr);
  mysql_options(mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(
          mysql_, address.socket.empty() ? address.host.c_str() : nullptr,
          address.user.c_str(), OrNull(address.password),
          address.database.c_str(), address.port, OrNull(address.socket),
          0) == nullptr) {
    Fail("connect");
  }
  // As the server does: see section 3 of the platform facts.
  fcntl(fd(), F_SETFL, fcntl(fd(), F_GETFL) | O_NONBLOCK);

  stmt_ = mysql_stmt_init(mysql_);
  MYSQL_BIND parameter = BindInt(&id_);
  MYSQL_BIND columns[] = {
      BindInt(&row_.id), BindInt(&row_.k),
      BindText(row_.c, sizeof row_.c, &row_.c_length),
      BindText(row_.pad, sizeof row_.pad, &row_.pad_length)};
  if (mysql_stmt_prepare(stmt_, kSql, sizeof kSql - 1) != 0 ||
      mysql_stmt_bind_param(stmt_, &parameter) != 0 ||
      mysql_stmt_bind_result(stmt_, columns) != 0) {
    Fail("prepare");
  }
}

PointSelect::~PointSelect() {
  mysql_stmt_close(stmt_);
  mysql_close(mysql_);
}

int PointSelect::Start(int32_t id) {
  id_ = id;
  step_ = Step::kExecute;
  const int wait = mysql_stmt_execute_start(&result_, stmt_);
  return wait != 0 ? wait : Proceed();
}

int PointSelect::Continue(int ready) {
  const int wait = step_ == Step::kExecute
                       ? mysql_stmt_execute_cont(&result_, stmt_, ready)
                       : mysql_stmt_fetch_cont(&result_, stmt_, ready);
  return wait != 0 ? wait : Proceed();
}

// Runs the steps that need no waiting: after the answer's first packet the
// rest lies in libmariadb's read buffer.
int PointSelect::Proceed() {
  for (;;) {
    switch (step_) {
      case Step::kExecute:
        if (result_ != 0) Fail("execute");
        step_ = Step::kFetchRow;
        break;
      case Step::kFetchRow:
        if (result_ != 0 || row_.id != id_) Fail("fetch the row");
        step_ = Step::kFetchEnd;
        break;
      case Step::kFetchEnd:
        // Read to the end, so that the connection is free.
        if (result_ != MYSQL_NO_DATA) Fail("fetch the end");
        return 0;
    }
    const int wait = mysql_stmt_fetch_start(&result_, stmt_);
    if (wait != 0) return wait;
  }
}

void PointSelect::Fail(const char* what) const {
  std::fprintf(stderr, "cannot %s (id %d): %s %s\n", what, id_,
               mysql_error(mysql_), stmt_ ? mysql_stmt_error(stmt_) : "");
  std::exit(1);
}

}  // namespace berth::benchmark
