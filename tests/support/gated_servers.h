// MariaDB and berthd with a network between them that can be made to fail.
#ifndef BERTH_TESTS_SUPPORT_GATED_SERVERS_H_
#define BERTH_TESTS_SUPPORT_GATED_SERVERS_H_

#include "tests/support/berthd_process.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/tcp_gate.h"

namespace berth::test {

// MariaDB, a gate and a berthd that reaches it only through the gate.
struct GatedServers {
  GatedServers() : gate(mariadb.port()), berthd(mariadb, Through(gate)) {}
  static BerthdProcess::Options Through(const TcpGate& gate) {
    BerthdProcess::Options options;
    options.mariadb_port = gate.port();
    return options;
  }

  MariadbServer mariadb;
  TcpGate gate;
  BerthdProcess berthd;
};

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_GATED_SERVERS_H_
