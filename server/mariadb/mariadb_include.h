// The only place that includes <mysql.h>.
#ifndef BERTH_SERVER_MARIADB_MARIADB_INCLUDE_H_
#define BERTH_SERVER_MARIADB_MARIADB_INCLUDE_H_

#include <errmsg.h>
#include <mysql.h>

#endif  // BERTH_SERVER_MARIADB_MARIADB_INCLUDE_H_
