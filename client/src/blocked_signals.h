// Threads that take no signals of the host.
#ifndef BERTH_CLIENT_SRC_BLOCKED_SIGNALS_H_
#define BERTH_CLIENT_SRC_BLOCKED_SIGNALS_H_

#include <pthread.h>
#include <signal.h>

namespace berth::client::internal {

// Blocks all signals of the calling thread while it lives. Threads that are
// started meanwhile inherit the mask, so that handlers of the host (an
// interpreter's, an event loop's) stay on its own threads.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &saved_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }

  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t saved_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_BLOCKED_SIGNALS_H_
