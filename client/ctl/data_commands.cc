// select, insert, update, delete, exec.
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "client/ctl/command.h"
#include "client/ctl/value_syntax.h"

namespace berth::ctl {
namespace {

// What the arguments of these commands are read into. Lives as long as the
// callbacks.
struct Arguments {
  std::string table, sql, where, on_conflict = "fail";
  std::vector<std::string> params, columns, order_by, assignments, returning;
  std::vector<std::string> update_columns;
  uint64_t limit = 0, offset = 0;
  bool count = false, all_rows = false, has_limit = false;
};

absl::Status SetFilter(const Arguments& in, v1::Filter* filter) {
  filter->set_where(in.where);
  absl::StatusOr<std::vector<v1::Value>> values = ParseValues(in.params);
  if (!values.ok()) return values.status();
  for (v1::Value& value : *values) {
    *filter->add_parameters() = std::move(value);
  }
  return absl::OkStatus();
}

// Without a time limit of the user's, each wait for rows has one.
client::StreamOptions StreamOptionsOf(const Context& context) {
  client::StreamOptions options;
  options.timeout = context.options.timeout;
  return options;
}

absl::Status Select(const Arguments& in, Context& context) {
  v1::SelectSpec spec;
  spec.set_table(in.table);
  for (const std::string& column : in.columns) spec.add_columns(column);
  if (absl::Status set = SetFilter(in, spec.mutable_filter()); !set.ok()) {
    return set;
  }
  for (const std::string& text : in.order_by) {
    absl::StatusOr<v1::Order> order = ParseOrder(text);
    if (!order.ok()) return order.status();
    *spec.add_order_by() = *std::move(order);
  }
  if (in.has_limit) spec.set_limit(in.limit);
  spec.set_offset(in.offset);
  spec.set_count_only(in.count);
  auto stream =
      context.client.SelectStream(std::move(spec), StreamOptionsOf(context));
  if (!stream.ok()) return stream.status();
  return context.output.Stream(*stream);
}

absl::Status Insert(const Arguments& in, Context& context) {
  v1::InsertSpec spec;
  spec.set_table(in.table);
  v1::Row* row = spec.add_rows();
  for (const std::string& text : in.assignments) {
    absl::StatusOr<v1::Assignment> assignment = ParseAssignment(text);
    if (!assignment.ok()) return assignment.status();
    if (assignment->has_expression()) {
      return absl::InvalidArgumentError("an insert takes no expressions");
    }
    spec.add_columns(assignment->column());
    *row->add_values() = std::move(*assignment->mutable_value());
  }
  if (in.on_conflict == "ignore") spec.set_on_conflict(v1::ON_CONFLICT_IGNORE);
  if (in.on_conflict == "update") spec.set_on_conflict(v1::ON_CONFLICT_UPDATE);
  for (const std::string& column : in.update_columns) {
    spec.add_update_columns(column);
  }
  for (const std::string& column : in.returning) spec.add_returning(column);
  auto write = context.client.Insert(std::move(spec), context.options);
  if (!write.ok()) return write.status();
  context.output.Write(*write,
                       in.on_conflict == "update" ? "affected" : "inserted");
  return absl::OkStatus();
}

absl::Status Update(const Arguments& in, Context& context) {
  v1::UpdateSpec spec;
  spec.set_table(in.table);
  for (const std::string& text : in.assignments) {
    absl::StatusOr<v1::Assignment> assignment = ParseAssignment(text);
    if (!assignment.ok()) return assignment.status();
    *spec.add_assignments() = *std::move(assignment);
  }
  if (absl::Status set = SetFilter(in, spec.mutable_filter()); !set.ok()) {
    return set;
  }
  spec.set_all_rows(in.all_rows);
  auto write = context.client.Update(std::move(spec), context.options);
  if (!write.ok()) return write.status();
  context.output.Write(*write, "changed");
  return absl::OkStatus();
}

absl::Status Delete(const Arguments& in, Context& context) {
  v1::DeleteSpec spec;
  spec.set_table(in.table);
  if (absl::Status set = SetFilter(in, spec.mutable_filter()); !set.ok()) {
    return set;
  }
  spec.set_all_rows(in.all_rows);
  auto write = context.client.Delete(std::move(spec), context.options);
  if (!write.ok()) return write.status();
  context.output.Write(*write, "deleted");
  return absl::OkStatus();
}

absl::Status Execute(const Arguments& in, Context& context) {
  v1::Statement statement;
  std::string sql = in.sql;
  if (sql == "-") {
    sql.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  // Text that is no UTF-8 travels as bytes.
  if (client::IsValidUtf8(sql)) {
    statement.set_sql(std::move(sql));
  } else {
    statement.set_sql_bytes(std::move(sql));
  }
  absl::StatusOr<std::vector<v1::Value>> values = ParseValues(in.params);
  if (!values.ok()) return values.status();
  for (v1::Value& value : *values) {
    *statement.add_parameters() = std::move(value);
  }
  auto stream = context.client.ExecuteStream(std::move(statement),
                                             StreamOptionsOf(context));
  if (!stream.ok()) return stream.status();
  return context.output.Stream(*stream);
}

CLI::App* Add(CLI::App& app, Action& action, const char* name,
              const char* description, std::shared_ptr<Arguments> in,
              absl::Status (*run)(const Arguments&, Context&)) {
  CLI::App* command = app.add_subcommand(name, description);
  command->callback([&action, in, run] {
    action = [in, run](Context& context) { return run(*in, context); };
  });
  return command;
}

void AddParams(CLI::App* command, Arguments& in) {
  command
      ->add_option("-p,--param", in.params,
                   "A value for the next ?: text, null, or KIND:TEXT such as "
                   "int:5 (see berthctl --help); repeat for more")
      ->allow_extra_args(false)
      ->type_name("VALUE");
}

void AddTable(CLI::App* command, Arguments& in) {
  command->add_option("table", in.table, "The table")->required();
}

void AddWhere(CLI::App* command, Arguments& in) {
  command
      ->add_option("-w,--where", in.where,
                   "Which rows: a condition with ? for each value")
      ->type_name("SQL");
  AddParams(command, in);
}

void AddColumns(CLI::App* command, const char* name,
                std::vector<std::string>& into, const char* description) {
  command->add_option(name, into, description)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B,…");
}

void AddSelect(CLI::App& app, Action& action) {
  auto in = std::make_shared<Arguments>();
  CLI::App* command =
      Add(app, action, "select", "Read rows of a table", in, Select);
  AddTable(command, *in);
  AddWhere(command, *in);
  AddColumns(command, "-c,--columns", in->columns, "The columns; all of them");
  AddColumns(command, "--order-by", in->order_by,
             "The order, such as age:desc,name");
  command->add_option_function<uint64_t>(
      "-n,--limit",
      [in](const uint64_t& limit) {
        in->limit = limit;
        in->has_limit = true;
      },
      "The most rows");
  command->add_option("--offset", in->offset, "The rows to leave out first");
  command->add_flag("--count", in->count, "Only count the rows");
  command->footer(R"(
Examples:
  berthctl select users
  berthctl select users --where 'age > ?' --param int:18 --order-by age:desc
  berthctl select users -w 'id IN (?)' -p list:int:1,2,3 -c id,name
  berthctl select users --count --output json)");
}

void AddInsert(CLI::App& app, Action& action) {
  auto in = std::make_shared<Arguments>();
  CLI::App* command = Add(app, action, "insert", "Insert a row", in, Insert);
  AddTable(command, *in);
  command->add_option("values", in->assignments, "The values")
      ->type_name("COLUMN=VALUE …");
  command
      ->add_option("--on-conflict", in->on_conflict,
                   "What to do where the key exists: fail, ignore, update")
      ->check(CLI::IsMember({"fail", "ignore", "update"}));
  AddColumns(command, "--update-columns", in->update_columns,
             "The columns that --on-conflict update sets; all that are given");
  AddColumns(command, "--returning", in->returning,
             "The columns of the stored row to show; * for all");
  command->footer(R"(
Examples:
  berthctl insert users name=Alice age=int:30 nickname=null
  berthctl insert users id=int:7 name=Al --on-conflict update
  berthctl insert users name=Bob --returning '*')");
}

void AddUpdate(CLI::App& app, Action& action) {
  auto in = std::make_shared<Arguments>();
  CLI::App* command = Add(app, action, "update", "Change rows", in, Update);
  AddTable(command, *in);
  command
      ->add_option("values", in->assignments,
                   "The new values; := gives an expression in SQL")
      ->type_name("COLUMN=VALUE …")
      ->required();
  AddWhere(command, *in);
  command->add_flag("--all-rows", in->all_rows, "Without --where: every row");
  command->footer(R"(
Examples:
  berthctl update users name=Alicia --where 'id = ?' --param int:1
  berthctl update users 'age:=age + 1' --all-rows)");
}

void AddDelete(CLI::App& app, Action& action) {
  auto in = std::make_shared<Arguments>();
  CLI::App* command = Add(app, action, "delete", "Delete rows", in, Delete);
  AddTable(command, *in);
  AddWhere(command, *in);
  command->add_flag("--all-rows", in->all_rows, "Without --where: every row");
  command->footer(R"(
Examples:
  berthctl delete users --where 'id = ?' --param int:1
  berthctl delete sessions --where 'seen < NOW() - INTERVAL 1 DAY')");
}

void AddExecute(CLI::App& app, Action& action) {
  auto in = std::make_shared<Arguments>();
  CLI::App* command =
      Add(app, action, "exec", "Run a statement in SQL", in, Execute);
  command->add_option("sql", in->sql, "The statement; - reads it from stdin")
      ->required();
  AddParams(command, *in);
  command->footer(R"(
Examples:
  berthctl exec 'SELECT name, COUNT(*) FROM users GROUP BY name'
  berthctl exec 'UPDATE users SET age = ? WHERE id = ?' -p int:31 -p int:1
  berthctl exec - < report.sql)");
}

}  // namespace

void AddDataCommands(CLI::App& app, Action& action) {
  AddSelect(app, action);
  AddInsert(app, action);
  AddUpdate(app, action);
  AddDelete(app, action);
  AddExecute(app, action);
}

}  // namespace berth::ctl
