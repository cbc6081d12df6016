// A password or a token: text that cannot be printed by accident.
#ifndef BERTH_SERVER_BASE_SECRET_H_
#define BERTH_SERVER_BASE_SECRET_H_

#include <vector>

#include "absl/strings/string_view.h"

namespace berth {

// Holds text that streams and formatters refuse to take, and that is
// overwritten with zeros when it goes away. A vector and not a string: a short
// string lives within the object, where a move would leave a copy behind.
//
// Not safe for writing from several threads at once.
class Secret {
 public:
  Secret() = default;
  explicit Secret(absl::string_view text);
  ~Secret();

  Secret(const Secret& other) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept = default;
  Secret& operator=(Secret&& other) noexcept;

  // The text itself, for the call that needs it. Never for a log or an error.
  absl::string_view Reveal() const;
  // The same for C interfaces: ends in a zero byte, and is never null.
  const char* RevealCString() const;

  bool empty() const { return Reveal().empty(); }

  // Takes the same time wherever two texts of one length differ.
  friend bool operator==(const Secret& a, const Secret& b);

  template <typename Stream>
  friend Stream& operator<<(Stream& stream, const Secret& secret) = delete;

 private:
  void Wipe();

  std::vector<char> text_;  // Ends in a zero byte unless it is empty.
};

}  // namespace berth

#endif  // BERTH_SERVER_BASE_SECRET_H_
