// Tests on a MariaDB with one table.
#ifndef BERTH_TESTS_INTEGRATION_ONE_TABLE_TEST_H_
#define BERTH_TESTS_INTEGRATION_ONE_TABLE_TEST_H_

#include <gtest/gtest.h>

#include "berth/client/client.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/specs.h"

namespace berth::test {

// `t` has the row (1, 'one').
class OneTableTest : public ::testing::Test {
 protected:
  static MariadbServer& Mariadb() {
    static MariadbServer mariadb;
    return mariadb;
  }

  void SetUp() override {
    Mariadb().Sql(
        "CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, v LONGTEXT);"
        "REPLACE INTO t VALUES (1, 'one')");
  }

  static absl::StatusOr<v1::ResultChunk> Read(const client::Client& client) {
    return client.Select(SelectFrom("t", "id = 1"));
  }
};

}  // namespace berth::test

#endif  // BERTH_TESTS_INTEGRATION_ONE_TABLE_TEST_H_
