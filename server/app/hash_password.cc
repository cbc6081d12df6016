#include "server/app/hash_password.h"

#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "absl/status/statusor.h"
#include "server/auth/password.h"
#include "server/base/secret.h"

namespace berth::app {
namespace {

constexpr size_t kPasswordBytes = 1024;

// Keeps a terminal on standard input from showing what is typed.
class Unseen {
 public:
  Unseen() : terminal_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!terminal_) return;
    termios unseen = before_;
    unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    std::fputs("Password: ", stderr);
  }
  ~Unseen() {
    if (!terminal_) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::fputs("\n", stderr);
  }

 private:
  termios before_;
  const bool terminal_;
};

// One line without its end; empty if there is none that fits.
Secret ReadLine() {
  Unseen unseen;
  // The line's end and a byte that tells that the line is too long.
  std::array<char, kPasswordBytes + 2> line;
  // Byte by byte and by hand: a stream would keep the password in its buffer.
  size_t size = 0;
  while (size < line.size() && read(STDIN_FILENO, &line[size], 1) == 1 &&
         line[size] != '\n') {
    ++size;
  }
  if (size > 0 && line[size - 1] == '\r') --size;
  Secret password(
      absl::string_view(line.data(), size <= kPasswordBytes ? size : 0));
  explicit_bzero(line.data(), line.size());
  return password;
}

}  // namespace

int HashPasswordFromInput() {
  const Secret password = ReadLine();
  if (password.empty()) {
    std::fprintf(stderr,
                 "berthd: standard input must hold a password in one line of "
                 "1 to %zu bytes\n",
                 kPasswordBytes);
    return 1;
  }
  const absl::StatusOr<std::string> hash = auth::HashPassword(password);
  if (!hash.ok()) {
    std::fprintf(stderr, "berthd: %s\n",
                 std::string(hash.status().message()).c_str());
    return 1;
  }
  std::puts(hash->c_str());
  return 0;
}

}  // namespace berth::app
