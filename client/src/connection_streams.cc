// The calls of a connection that stream.
#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "berth/v1/database.pb.h"
#include "client/src/bulk_stream.h"
#include "client/src/connection_impl.h"
#include "client/src/retry_loop.h"
#include "client/src/stream_source.h"

namespace berth::client::internal {

absl::StatusOr<RowStream> ConnectionImpl::OpenStream(
    const char* method, const google::protobuf::MessageLite& request,
    Effect effect, const StreamOptions& options) {
  const RetryPlan plan = PlanOf(options_);
  const absl::Duration wait =
      options.wait_timeout.value_or(options_.request_timeout);
  const absl::Duration whole = options.timeout.value_or(absl::ZeroDuration());
  const absl::Time end = whole <= absl::ZeroDuration() ? absl::InfiniteFuture()
                                                       : absl::Now() + whole;
  std::unique_ptr<StreamSource> source;
  absl::Status status = RunWithRetries(
      plan,
      std::min(DeadlineIn(plan.clock, wait), DeadlineIn(plan.clock, whole)),
      [&] {
        // What fails before there is a connection is not done.
        if (effect == Effect::kMayBeDone) {
          absl::Status connected = link_.Connect(
              wait <= absl::ZeroDuration() ? end
                                           : std::min(absl::Now() + wait, end));
          if (!connected.ok()) return connected;
        }
        source = std::make_unique<StreamSource>(
            channel_, method, authorization_, request, effect,
            StreamSource::Limits{end, wait});
        return source->Open();
      },
      IsSafeToRepeat);
  if (!status.ok()) return status;
  link_.NoteAnswer();
  return RowStream(std::move(source));
}

absl::StatusOr<RowStream> ConnectionImpl::SelectStream(
    SelectStreamParams params) {
  v1::SelectRequest request;
  request.set_database(DatabaseOf(params.options.database));
  *request.mutable_select() = std::move(params.spec);
  return OpenStream("/berth.v1.Database/SelectStream", request, Effect::kNone,
                    params.options);
}

absl::StatusOr<RowStream> ConnectionImpl::ExecuteStream(
    ExecuteStreamParams params) {
  v1::ExecuteRequest request;
  request.set_database(DatabaseOf(params.options.database));
  *request.mutable_statement() = std::move(params.statement);
  return OpenStream("/berth.v1.Database/ExecuteStream", request,
                    Effect::kMayBeDone, params.options);
}

absl::StatusOr<BulkWriter> ConnectionImpl::BulkInsert(BulkInsertParams params) {
  if (params.header.database().empty()) {
    params.header.set_database(DatabaseOf(params.options.database));
  }
  const RetryPlan plan = PlanOf(options_);
  const absl::Duration wait =
      params.options.wait_timeout.value_or(options_.request_timeout);
  absl::Status connected = RunWithRetries(
      plan, DeadlineIn(plan.clock, wait),
      [&] {
        return link_.Connect(wait <= absl::ZeroDuration()
                                 ? absl::InfiniteFuture()
                                 : absl::Now() + wait);
      },
      IsSafeToRepeat);
  if (!connected.ok()) return connected;
  return BulkWriter(std::make_unique<BulkStream>(channel_, authorization_,
                                                 std::move(params.header),
                                                 params.options, wait),
                    params.options);
}

}  // namespace berth::client::internal
