// Requests for point selects, and the check of their answers.
#ifndef BERTH_TESTS_BENCHMARK_POINT_CALLS_H_
#define BERTH_TESTS_BENCHMARK_POINT_CALLS_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <string>
#include <vector>

namespace berth::benchmark {

// Many requests with random ids, encoded once: the load client shares the
// machine with what it measures.
//
// The id is a nonce. The suite's rows repeat it as ten digits at the start of
// `c`, so that an answer to another call is seen.
class PointCalls {
 public:
  explicit PointCalls(int rows);

  struct Request {
    int32_t id;
    grpc::ByteBuffer bytes;
    // What an answer to this request contains: the field `c` up to the id.
    std::string mark;
  };
  const Request& Next() { return requests_[next_++ % requests_.size()]; }

  // Looks for the id's mark in every answer, and parses and compares one in
  // 64. Returns what is wrong, or an empty text.
  std::string Check(const Request& request, const grpc::ByteBuffer& reply);

 private:
  std::vector<Request> requests_;
  size_t next_ = 0;
  uint64_t checked_ = 0;
};

}  // namespace berth::benchmark

#endif  // BERTH_TESTS_BENCHMARK_POINT_CALLS_H_
