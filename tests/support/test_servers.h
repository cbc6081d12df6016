// One MariaDB and one berthd for all tests of a program.
#ifndef BERTH_TESTS_SUPPORT_TEST_SERVERS_H_
#define BERTH_TESTS_SUPPORT_TEST_SERVERS_H_

#include <string>
#include <vector>

#include "berth/client/client.h"
#include "tests/support/berthd_process.h"
#include "tests/support/mariadb_server.h"

namespace berth::test {

// A MariaDB, a berthd in front of it and a client. A test program has one as a
// function-local static, since it takes seconds to start.
struct TestServers {
  explicit TestServers(BerthdProcess::Options options = {},
                       std::vector<std::string> mariadb_arguments = {});

  MariadbServer mariadb;
  BerthdProcess berthd;
  client::Client client;
};

// The connections of berthd that run a statement or have a transaction open,
// one a line; empty: none.
std::string BusyConnections(MariadbServer& mariadb);

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_TEST_SERVERS_H_
