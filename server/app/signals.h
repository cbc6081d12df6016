// Signals that ask a server to stop.
#ifndef BERTH_SERVER_APP_SIGNALS_H_
#define BERTH_SERVER_APP_SIGNALS_H_

namespace berth::app {

// Keeps SIGINT and SIGTERM back on this thread and all that it starts. Before
// any other thread exists. Ignores SIGPIPE.
void HoldStopSignals();

// Waits for SIGINT or SIGTERM. The next one ends the process at once.
void WaitForStopSignal();

}  // namespace berth::app

#endif  // BERTH_SERVER_APP_SIGNALS_H_
