// A prepared statement.
#ifndef BERTH_SERVER_MARIADB_STATEMENT_H_
#define BERTH_SERVER_MARIADB_STATEMENT_H_

#include <memory>
#include <string>
#include <vector>

#include "server/mariadb/mariadb_include.h"
#include "server/mariadb/parameter_binder.h"
#include "server/mariadb/row_decoder.h"
#include "server/mariadb/row_sink.h"

namespace berth::mariadb {

struct StatementCloser {
  // Sends COM_STMT_CLOSE, which has no answer.
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};

// A MYSQL_STMT with what is kept between its executions. Belongs to one
// connection and dies before it.
class Statement {
 public:
  // `keep` says whether the statement may be executed again.
  Statement(MYSQL_STMT* handle, bool keep);

  MYSQL_STMT* handle() { return handle_.get(); }
  bool keep() const { return keep_; }
  // Says that the handle is of no more use.
  void Spoil() { keep_ = false; }
  ParameterBinder& binder() { return binder_; }
  RowDecoder& decoder() { return decoder_; }

  // The columns of the result that was just executed. MariaDB sends them only
  // when they changed, so they are compared with what is known.
  const ResultMetadata& Columns();

 private:
  struct Shape {
    Shape() = default;
    enum_field_types type = MYSQL_TYPE_NULL;
    unsigned int flags = 0;
    unsigned int decimals = 0;
    unsigned int charset = 0;
    unsigned long length = 0;
    bool operator==(const Shape&) const = default;
  };
  bool SameColumns() const;

  std::unique_ptr<MYSQL_STMT, StatementCloser> handle_;
  bool keep_;
  ParameterBinder binder_;
  RowDecoder decoder_;
  ResultMetadata metadata_;
  std::vector<Shape> shapes_;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_STATEMENT_H_
