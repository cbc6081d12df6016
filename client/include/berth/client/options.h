// What a program can choose about a client, a call, a session and a
// transaction.
#ifndef BERTH_CLIENT_OPTIONS_H_
#define BERTH_CLIENT_OPTIONS_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "berth/client/backoff_policy.h"
#include "berth/client/retry_policy.h"
#include "berth/v1/bulk.pb.h"
#include "berth/v1/session.pb.h"

namespace berth::client {

// Where data may travel unencrypted. TLS is not offered yet.
enum class Plaintext {
  // Only to loopback addresses and Unix sockets; `Client::Connect` refuses
  // other endpoints with `INSECURE_ENDPOINT`.
  kLoopbackOnly,
  // Anywhere: inside a private network whose operator answers for it.
  kAnywhere,
};

// Options of a client. The defaults serve a service on the same host.
struct Options {
  // The database of every call that names none; empty: the service's default.
  std::string database = {};

  // Who the client is; sent with every call as HTTP basic credentials. An
  // empty user sends none. A service with a users file refuses wrong and
  // missing ones with `CREDENTIALS`, which is not tried again; one without
  // ignores them. The name cannot hold a colon.
  std::string user = {};
  std::string password = {};

  // The longest that opening a session may take, the connection to the
  // service and the wait for a database connection included. Values <= 0 mean
  // no limit.
  absl::Duration open_timeout = absl::Seconds(10);

  // The longest that one request may take, all its attempts included, unless
  // its call says otherwise. Values <= 0 mean no limit; a dead connection is
  // still noticed, by keepalive, within 40 s.
  absl::Duration request_timeout = absl::Seconds(60);

  // The idle session streams kept for the next session; more are closed.
  // Values < 0 are treated as 0.
  int max_idle_streams = 16;

  // Where data may travel unencrypted.
  Plaintext plaintext = Plaintext::kLoopbackOnly;

  // How often a unary call or the opening of a session is tried where that is
  // safe. Null: five attempts. `LimitedAttemptsRetryPolicy(1)`: no retry.
  std::shared_ptr<const RetryPolicy> retry_policy = nullptr;

  // The waits between attempts. Null: from 50 ms, doubling up to 2 s.
  std::shared_ptr<const BackoffPolicy> backoff_policy = nullptr;

  // The time as the retries see it. Null: the system's.
  std::shared_ptr<Clock> clock = nullptr;
};

// Options of one unary call.
struct CallOptions {
  // The database; empty: the client's.
  std::string database = {};
  // The longest that the call may take, all its attempts included; unset: the
  // client's `request_timeout`.
  std::optional<absl::Duration> timeout = std::nullopt;
};

// Options of a streamed read.
struct StreamOptions {
  // The database; empty: the client's.
  std::string database = {};
  // The longest that the whole stream may take, the time included that the
  // program takes over its rows; unset or <= 0: no limit.
  std::optional<absl::Duration> timeout = std::nullopt;
  // The longest wait for rows, all attempts to begin included; unset: the
  // client's `request_timeout`; <= 0: no limit.
  std::optional<absl::Duration> wait_timeout = std::nullopt;
};

// Options of one bulk insert.
struct BulkOptions {
  // The database, unless the header names one; empty: the client's.
  std::string database = {};
  // The longest that the whole bulk insert may take; unset or <= 0: no limit.
  std::optional<absl::Duration> timeout = std::nullopt;
  // The longest wait for the answer to a batch; unset: the client's
  // `request_timeout`; <= 0: no limit.
  std::optional<absl::Duration> wait_timeout = std::nullopt;
  // The most rows that `BulkWriter::Add` gathers into one batch. Values < 1 are
  // treated as 1.
  int batch_rows = 1000;
  // The most bytes of them, as they are sent. A row of more goes alone.
  size_t batch_bytes = 1 << 20;
  // The batches that may be without an answer. More hide the way to the
  // service; they are held in its memory and in this one's. Values < 1 are
  // treated as 1.
  int batches_in_flight = 4;
  // Called with each answer, on the thread that adds or finishes, which waits
  // meanwhile. It must not call the writer.
  std::function<void(const v1::BulkInsertResponse&)> on_answer = nullptr;
};

// Options of one session.
struct SessionOptions {
  // The database; empty: the client's.
  std::string database = {};
  // The longest that opening may take; unset: the client's `open_timeout`. The
  // service is told it as the longest wait for a database connection.
  std::optional<absl::Duration> open_timeout = std::nullopt;
  // The longest that a request of the session may take; unset: the client's.
  std::optional<absl::Duration> request_timeout = std::nullopt;
  // How long the session may hold its connection idle, outside of a
  // transaction; at most 8 hours. Unset: the service's own limit.
  std::optional<absl::Duration> lease_idle = std::nullopt;
  // Opens the session together with its first request, which saves a round
  // trip. `OpenSession` then sends nothing and cannot fail; where opening
  // fails, the first answer is that error, nothing is done, and
  // `Session::Opened` is false. It is not tried again.
  bool open_with_first_request = false;
  // For event loops. Called when it is worth to ask again after
  // `Session::Ready` or `Session::CanSend` was false: on a thread of the
  // library, so it must do no more than wake the loop, and call nothing of the
  // session. Empty: the calls of the session receive by themselves, on the
  // caller's thread.
  std::function<void()> on_event = nullptr;
};

// Options of `Client::RunTransaction`.
struct TransactionOptions {
  // The session that the transaction runs in.
  SessionOptions session = {};
  // Isolation and whether writes are refused.
  v1::Begin begin = {};
  // No run starts later than this after the call. Values <= 0 mean no limit.
  absl::Duration timeout = absl::Seconds(60);
  // How often the transaction is run. Null: five times.
  std::shared_ptr<const RetryPolicy> retry_policy = nullptr;
  // The waits between the runs. Null: the client's.
  std::shared_ptr<const BackoffPolicy> backoff_policy = nullptr;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_OPTIONS_H_
