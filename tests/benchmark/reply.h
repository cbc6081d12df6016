// The answer to a point select, encoded by hand: what a generated message
// would cost is not the baseline's to pay.
#ifndef BERTH_TESTS_BENCHMARK_REPLY_H_
#define BERTH_TESTS_BENCHMARK_REPLY_H_

#include <grpcpp/support/byte_buffer.h>

#include "tests/benchmark/point_select.h"

namespace berth::benchmark {

// Returns the bytes of a `berth.v1.SelectResponse` with one row.
grpc::ByteBuffer EncodeReply(const PointRow& row);

// Returns the first parameter of the filter of a `berth.v1.SelectRequest`, or
// -1 for a message that does not parse.
int64_t DecodeId(const grpc::ByteBuffer& request);

}  // namespace berth::benchmark

#endif  // BERTH_TESTS_BENCHMARK_REPLY_H_
