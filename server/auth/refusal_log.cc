#include "server/auth/refusal_log.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/limits.h"

namespace berth::auth {

RefusalLog::RefusalLog(const Clock* clock,
                       std::function<void(absl::string_view)> write)
    : clock_(clock), write_(std::move(write)) {}

void RefusalLog::Add(absl::string_view user, absl::string_view peer,
                     absl::string_view cause) {
  const absl::Time now = clock_->Now();
  std::string line =
      absl::StrCat("refused user \"",
                   absl::CHexEscape(user.substr(0, limits::kUserNameBytes)),
                   "\" from ", absl::CHexEscape(peer), ": ", cause);
  {
    MutexLock lock(&mutex_);
    if (now - second_ >= absl::Seconds(1)) {
      second_ = now;
      lines_ = 0;
    }
    if (lines_ == limits::kRefusalLines) {
      ++left_out_;
      return;
    }
    ++lines_;
    if (left_out_ > 0) {
      absl::StrAppend(&line, " (", left_out_, " more were not logged)");
      left_out_ = 0;
    }
  }
  write_(line);
}

}  // namespace berth::auth
