// A client of berthd that ends_test kills and freezes: opens a session, does
// what it is told, says "ready" and stays.
//
//   session_client ENDPOINT [SQL]...
//
// A statement that begins with `...` is sent without waiting for its answer.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>

#include "berth/client/client.h"

int main(int argc, char** argv) {
  using berth::client::Client;
  auto client = Client::Connect(argv[1]);
  if (!client.ok()) return 1;
  auto session = client->OpenSession();
  if (!session.ok()) return 2;
  for (int i = 2; i < argc; ++i) {
    std::string sql = argv[i];
    if (sql.rfind("...", 0) == 0) {
      berth::v1::SessionRequest request;
      request.mutable_execute()->set_sql(sql.substr(3));
      if (!session->Send(std::move(request)).ok()) return 3;
    } else if (!session->Execute(sql).ok()) {
      return 4;
    }
  }
  std::puts("ready");
  std::fflush(stdout);
  while (true) pause();
}
