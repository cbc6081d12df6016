// What the fake service answers and fails with.
#ifndef BERTH_TESTS_UNIT_CLIENT_FAKE_ANSWERS_H_
#define BERTH_TESTS_UNIT_CLIENT_FAKE_ANSWERS_H_

#include <grpcpp/support/status.h>

#include <vector>

#include "berth/v1/query.pb.h"
#include "berth/v1/result.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace berth::testing {

google::rpc::ErrorInfo Info(const char* reason, const char* outcome,
                            const char* retry);
google::rpc::Status Error(grpc::StatusCode code,
                          const google::rpc::ErrorInfo& info);
grpc::Status ToGrpc(const google::rpc::Status& error);
// DUPLICATE_KEY with errno, sqlstate and a field.
google::rpc::Status DuplicateKey();

// The columns id and name and the row (1, Alice); then the row (2, NULL) and
// the end.
v1::ResultChunk FirstUser();
v1::ResultChunk SecondUser();
// Two rows of three chunks; the middle one is nothing but a part of a name.
std::vector<v1::ResultChunk> CutUsers();
// The parameters of the filter, as columns p1, p2, …
v1::ResultChunk Echo(const v1::SelectSpec& select);

}  // namespace berth::testing

#endif  // BERTH_TESTS_UNIT_CLIENT_FAKE_ANSWERS_H_
