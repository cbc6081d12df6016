#include "tests/support/test_servers.h"

#include <cstdio>
#include <utility>

#include "tests/support/wait.h"

namespace berth::test {

TestServers::TestServers(BerthdProcess::Options options,
                         std::vector<std::string> mariadb_arguments)
    : mariadb(std::move(mariadb_arguments)),
      berthd(mariadb, options),
      client(berthd.Connect()) {}

std::string BusyConnections(MariadbServer& mariadb) {
  return mariadb.Sql(
      "SELECT id, command, time, IFNULL(info, '') FROM "
      "information_schema.processlist WHERE user = 'berth' AND "
      "command NOT IN ('Sleep', 'Daemon') "
      // One that a kill found idle is called so until its next statement.
      "AND NOT (command = 'Killed' AND info IS NULL) "
      "UNION ALL SELECT trx_mysql_thread_id, 'transaction', "
      "TIMESTAMPDIFF(SECOND, trx_started, NOW()), IFNULL(trx_query, '') "
      "FROM information_schema.innodb_trx WHERE trx_mysql_thread_id IN (SELECT "
      "id FROM information_schema.processlist WHERE user = 'berth')",
      "");
}

}  // namespace berth::test
