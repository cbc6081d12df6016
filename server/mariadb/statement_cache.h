// The prepared statements of one connection, least recently used out first.
#ifndef BERTH_SERVER_MARIADB_STATEMENT_CACHE_H_
#define BERTH_SERVER_MARIADB_STATEMENT_CACHE_H_

#include <list>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "server/mariadb/statement.h"

namespace berth::mariadb {

// Finds a statement by its text. Not thread-safe.
class StatementCache {
 public:
  // Keeps at most `capacity` statements: all connections together must stay
  // below MariaDB's `max_prepared_stmt_count` (16,382).
  explicit StatementCache(size_t capacity) : capacity_(capacity) {}

  // The statement of this text, or nullptr.
  Statement* Find(absl::string_view sql);
  // Keeps a statement; closes the one unused longest if there are too many.
  Statement* Insert(absl::string_view sql,
                    std::unique_ptr<Statement> statement);
  // Closes the statement of this text.
  void Erase(absl::string_view sql);
  void Clear();
  size_t size() const { return index_.size(); }

 private:
  struct Entry {
    Entry(absl::string_view text, std::unique_ptr<Statement> kept)
        : sql(text), statement(std::move(kept)) {}
    std::string sql;
    std::unique_ptr<Statement> statement;
  };
  using List = std::list<Entry>;

  const size_t capacity_;
  List entries_;  // The most recently used first.
  absl::flat_hash_map<absl::string_view, List::iterator> index_;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_STATEMENT_CACHE_H_
