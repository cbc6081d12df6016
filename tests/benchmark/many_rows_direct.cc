// The baselines of many rows, by libmariadb without a service: an unbuffered
// fetch of a prepared select, array binding in batches, LOAD DATA LOCAL.
//
//   bench_many_rows_direct [address] --table T --rows N read|insert|load
#include <mysql.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/benchmark/many_rows.h"
#include "tests/benchmark/point_select.h"

namespace berth::benchmark {
namespace {

constexpr int kBatch = 1000;

MYSQL_BIND BindNumbers(int32_t* values) {
  MYSQL_BIND bind{};
  bind.buffer_type = MYSQL_TYPE_LONG;
  bind.buffer = values;
  return bind;
}

class Direct {
 public:
  Direct(const DatabaseAddress& address, std::string table)
      : mysql_(mysql_init(nullptr)), table_(std::move(table)) {
    mysql_options(mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const unsigned int local = 1;
    mysql_options(mysql_, MYSQL_OPT_LOCAL_INFILE, &local);
    if (mysql_real_connect(mysql_, /*host=*/nullptr, address.user.c_str(),
                           address.password.c_str(), address.database.c_str(),
                           address.port, address.socket.c_str(),
                           0) == nullptr) {
      Fail("connect");
    }
  }
  Direct(const Direct&) = delete;
  Direct& operator=(const Direct&) = delete;
  ~Direct() { mysql_close(mysql_); }

  void Read() {
    ManyRows many;
    MYSQL_STMT* stmt = Prepare("SELECT id, k, c, pad FROM " + table_);
    int32_t id = 0;
    int32_t k = 0;
    char c[120];
    char pad[60];
    unsigned long c_length = 0;
    unsigned long pad_length = 0;
    MYSQL_BIND binds[4] = {BindNumbers(&id), BindNumbers(&k), {}, {}};
    BindText(c, sizeof c, &c_length, binds[2]);
    BindText(pad, sizeof pad, &pad_length, binds[3]);
    if (mysql_stmt_execute(stmt) != 0 || mysql_stmt_bind_result(stmt, binds)) {
      Fail("execute");
    }
    int fetched = 0;
    while ((fetched = mysql_stmt_fetch(stmt)) == 0) {
      many.Read(id, k, {c, c_length}, {pad, pad_length});
    }
    if (fetched != MYSQL_NO_DATA) Fail("fetch");
    many.Print();
    mysql_stmt_close(stmt);
  }

  void Insert(int rows) {
    ManyRows many;
    MYSQL_STMT* stmt =
        Prepare("INSERT INTO " + table_ + " (id, k, c, pad) VALUES (?,?,?,?)");
    std::vector<MadeRow> made(kBatch);
    std::vector<int32_t> ids(kBatch), ks(kBatch);
    std::vector<const char*> cs(kBatch), pads(kBatch);
    std::vector<unsigned long> c_lengths(kBatch), pad_lengths(kBatch);
    MYSQL_BIND binds[4] = {
        BindNumbers(ids.data()), BindNumbers(ks.data()), {}, {}};
    BindTexts(cs, c_lengths, binds[2]);
    BindTexts(pads, pad_lengths, binds[3]);
    Query("START TRANSACTION");
    for (int first = 1; first <= rows; first += kBatch) {
      unsigned int count =
          static_cast<unsigned int>(std::min(kBatch, rows - first + 1));
      for (unsigned int i = 0; i < count; ++i) {
        made[i].Set(first + static_cast<int>(i));
        ids[i] = made[i].id();
        ks[i] = made[i].k();
        cs[i] = made[i].c().data();
        c_lengths[i] = made[i].c().size();
        pads[i] = made[i].pad().data();
        pad_lengths[i] = made[i].pad().size();
      }
      mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &count);
      if (mysql_stmt_bind_param(stmt, binds) || mysql_stmt_execute(stmt) != 0) {
        std::fprintf(stderr, "%s\n", mysql_stmt_error(stmt));
        Fail("insert");
      }
    }
    Query("COMMIT");
    many.Wrote(rows);
    many.Print();
    mysql_stmt_close(stmt);
  }

  void Load(int rows) {
    ManyRows many;
    File file(rows);
    mysql_set_local_infile_handler(mysql_, File::Init, File::Read, File::End,
                                   File::Error, &file);
    Query("LOAD DATA LOCAL INFILE 'rows' INTO TABLE " + table_ +
          " (id, k, c, pad)");
    many.Wrote(rows);
    many.Print();
  }

 private:
  // The rows as a file that libmariadb reads.
  struct File {
    explicit File(int count) : rows(count) {}
    const int rows;
    int next = 1;
    MadeRow row;
    std::string rest;

    static int Init(void** file, const char*, void* self) {
      *file = self;
      return 0;
    }
    static int Read(void* self, char* buffer, unsigned int size) {
      File& file = *static_cast<File*>(self);
      while (file.rest.size() < size && file.next <= file.rows) {
        file.row.Set(file.next++);
        file.rest += std::to_string(file.row.id());
        file.rest += '\t';
        file.rest += std::to_string(file.row.k());
        file.rest += '\t';
        file.rest += file.row.c();
        file.rest += '\t';
        file.rest += file.row.pad();
        file.rest += '\n';
      }
      const size_t count = std::min<size_t>(size, file.rest.size());
      std::memcpy(buffer, file.rest.data(), count);
      file.rest.erase(0, count);
      return static_cast<int>(count);
    }
    static void End(void*) {}
    static int Error(void*, char*, unsigned int) { return 1; }
  };

  static void BindText(char* text, unsigned long size, unsigned long* length,
                       MYSQL_BIND& bind) {
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = text;
    bind.buffer_length = size;
    bind.length = length;
  }

  static void BindTexts(std::vector<const char*>& texts,
                        std::vector<unsigned long>& lengths, MYSQL_BIND& bind) {
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = texts.data();
    bind.length = lengths.data();
  }

  MYSQL_STMT* Prepare(const std::string& sql) {
    MYSQL_STMT* stmt = mysql_stmt_init(mysql_);
    if (mysql_stmt_prepare(stmt, sql.data(), sql.size()) != 0) Fail("prepare");
    return stmt;
  }

  void Query(const std::string& sql) {
    if (mysql_real_query(mysql_, sql.data(), sql.size()) != 0) Fail("query");
  }

  [[noreturn]] void Fail(const char* what) {
    std::fprintf(stderr, "cannot %s: %s\n", what, mysql_error(mysql_));
    std::exit(1);
  }

  MYSQL* mysql_;
  const std::string table_;
};

}  // namespace
}  // namespace berth::benchmark

int main(int argc, char** argv) {
  berth::benchmark::DatabaseAddress address;
  std::string table = "sbtest";
  std::string what;
  int rows = 0;
  CLI::App app("The direct client of many rows of the benchmark suite.");
  app.add_option("--socket", address.socket)->required();
  app.add_option("--user", address.user);
  app.add_option("--password", address.password);
  app.add_option("--database", address.database);
  app.add_option("--table", table);
  app.add_option("--rows", rows, "How many to insert.");
  app.add_option("what", what)
      ->required()
      ->check(CLI::IsMember({"read", "insert", "load"}));
  CLI11_PARSE(app, argc, argv);
  berth::benchmark::Direct direct(address, table);
  if (what == "read") direct.Read();
  if (what == "insert") direct.Insert(rows);
  if (what == "load") direct.Load(rows);
}
