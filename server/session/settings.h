// What a session wants of its connection.
#ifndef BERTH_SERVER_SESSION_SETTINGS_H_
#define BERTH_SERVER_SESSION_SETTINGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "berth/v1/session.pb.h"

namespace berth::session {

// The statement that sets a connection up as `open` asks: isolation, read-only
// and time zone in one SET; empty if it asks for nothing. INVALID_FIELD for
// values that no connection could take.
absl::StatusOr<std::string> SetupOf(const v1::OpenSession& open);

// A duration of a request. INVALID_FIELD that names `field` unless it is
// positive.
absl::StatusOr<absl::Duration> PositiveDuration(
    const google::protobuf::Duration& duration, absl::string_view field);

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_SETTINGS_H_
