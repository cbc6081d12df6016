// A client of berthd that stream_test kills: reads ExecuteStream for ever, and
// says "ready" after the first message.
//
//   stream_client ENDPOINT SQL
#include <cstdio>

#include "berth/v1/database.pb.h"
#include "tests/support/raw_rpc.h"

int main(int /*argc*/, char** argv) {
  berth::test::RawStream stream(argv[1], "Database/ExecuteStream");
  berth::v1::ExecuteRequest request;
  request.mutable_statement()->set_sql(argv[2]);
  stream.Send(request);
  stream.HalfClose();
  berth::v1::SelectChunk chunk;
  for (bool first = true; stream.Receive(&chunk); first = false) {
    if (!first) continue;
    std::puts("ready");
    std::fflush(stdout);
  }
  return 1;
}
