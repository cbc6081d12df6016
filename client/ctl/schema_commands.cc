// schema list, show, plan, register.
#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "berth/client/value.h"
#include "client/ctl/command.h"

namespace berth::ctl {
namespace {

using client::ToValue;

// A result to be shown, not read from the database.
class Table {
 public:
  explicit Table(const std::vector<std::string>& columns) {
    for (const std::string& column : columns) {
      result_.add_columns()->set_name(column);
    }
  }
  template <typename... T>
  void Add(const T&... cells) {
    v1::Row* row = result_.mutable_rows()->add_rows();
    (void(*row->add_values() = ToValue(cells)), ...);
  }
  const v1::ResultChunk& result() const { return result_; }

 private:
  v1::ResultChunk result_;
};

// The tables in the file, as JSON of RegisterRequest.
absl::StatusOr<v1::RegisterRequest> ReadTables(const std::string& path) {
  std::string json;
  if (path == "-") {
    json.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream file(path);
    if (!file) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot read \"", path, "\""));
    }
    json.assign(std::istreambuf_iterator<char>(file), {});
  }
  v1::RegisterRequest request;
  auto parsed = google::protobuf::util::JsonStringToMessage(json, &request);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": ",
        std::string(parsed.message().data(), parsed.message().size())));
  }
  return request;
}

std::string CostName(v1::ChangeCost cost) {
  // CHANGE_COST_INSTANT is INSTANT.
  std::string name = v1::ChangeCost_Name(cost);
  return cost == v1::CHANGE_COST_UNSPECIFIED ? "unknown" : name.substr(12);
}

absl::Status List(Context& context) {
  v1::ListTablesResponse all;
  std::string page;
  do {
    v1::ListTablesRequest request;
    request.set_page_token(page);
    auto tables = context.client.ListTables(request, context.options);
    if (!tables.ok()) return tables.status();
    page = tables->next_page_token();
    all.mutable_tables()->MergeFrom(tables->tables());
  } while (!page.empty());
  Table shown({"table", "columns", "primary key"});
  for (const v1::Table& table : all.tables()) {
    shown.Add(table.name(), table.columns_size(),
              absl::StrJoin(table.primary_key(), ", "));
  }
  context.output.Message(all, shown.result());
  return absl::OkStatus();
}

absl::Status Show(const std::string& name, Context& context) {
  v1::GetTableRequest request;
  request.set_table(name);
  auto answer = context.client.GetTable(request, context.options);
  if (!answer.ok()) return answer.status();
  Table shown({"column", "type", "null", "key", "extra"});
  for (const v1::TableColumn& column : answer->table().columns()) {
    const auto& key = answer->table().primary_key();
    bool primary =
        std::find(key.begin(), key.end(), column.name()) != key.end();
    shown.Add(column.name(), column.sql_type(),
              column.nullable() ? "yes" : "no", primary ? "primary" : "",
              column.auto_increment() ? "auto_increment"
              : column.generated()    ? "generated"
              : column.optional()     ? "optional"
                                      : "");
  }
  context.output.Message(answer->table(), shown.result());
  return absl::OkStatus();
}

// Shows what was or would be changed.
template <typename Response>
void ShowChanges(const Response& response, Context& context) {
  Table shown({"table", "cost", "statement"});
  for (const v1::SchemaChange& change : response.changes()) {
    shown.Add(change.table(), CostName(change.cost()), change.ddl());
  }
  context.output.Message(response, shown.result());
  if (response.conflicts().empty() ||
      context.output.format() != Format::kTable) {
    return;
  }
  Table conflicts({"conflict", "wanted", "actual"});
  for (const v1::SchemaConflict& conflict : response.conflicts()) {
    conflicts.Add(absl::StrCat(conflict.table(), ".", conflict.element()),
                  conflict.wanted(), conflict.actual());
  }
  context.output.Result(conflicts.result());
}

absl::Status Plan(const std::string& path, Context& context) {
  absl::StatusOr<v1::RegisterRequest> file = ReadTables(path);
  if (!file.ok()) return file.status();
  v1::PlanRequest request;
  request.set_database(file->database());
  *request.mutable_tables() = file->tables();
  auto answer = context.client.PlanSchema(request, context.options);
  if (!answer.ok()) return answer.status();
  ShowChanges(*answer, context);
  return absl::OkStatus();
}

absl::Status Register(const std::string& path, const std::string& on_conflict,
                      Context& context) {
  absl::StatusOr<v1::RegisterRequest> request = ReadTables(path);
  if (!request.ok()) return request.status();
  if (on_conflict == "warn") {
    request->set_on_conflict(v1::CONFLICT_POLICY_WARN);
  }
  auto answer = context.client.Register(*request, context.options);
  if (!answer.ok()) return answer.status();
  ShowChanges(*answer, context);
  return absl::OkStatus();
}

}  // namespace

void AddSchemaCommands(CLI::App& app, Action& action) {
  CLI::App* schema = app.add_subcommand("schema", "See and declare tables");
  schema->require_subcommand(1);
  schema->footer(R"(
FILE is JSON, - reads it from stdin:
  {"tables": [{"name": "users", "elements": [
    {"name": "id", "definition": "int not null auto_increment primary key"},
    {"name": "name", "definition": "varchar(100) not null"}]}]}

Examples:
  berthctl schema list
  berthctl schema show users
  berthctl schema plan tables.json        what `register` would do
  berthctl schema register tables.json    creates what is missing, drops nothing)");

  schema->add_subcommand("list", "List the tables")->callback([&action] {
    action = List;
  });
  auto text = std::make_shared<std::string>();
  auto policy = std::make_shared<std::string>("fail");
  CLI::App* show = schema->add_subcommand("show", "Describe a table");
  show->add_option("table", *text, "The table")->required();
  show->callback([&action, text] {
    action = [text](Context& context) { return Show(*text, context); };
  });
  CLI::App* plan =
      schema->add_subcommand("plan", "Tell what register would do");
  plan->add_option("file", *text, "The tables")->required();
  plan->callback([&action, text] {
    action = [text](Context& context) { return Plan(*text, context); };
  });
  CLI::App* add = schema->add_subcommand(
      "register", "Create missing tables, add missing columns and indexes");
  add->add_option("file", *text, "The tables")->required();
  add->add_option("--on-conflict", *policy,
                  "Where the database has it otherwise: fail, or warn and keep "
                  "the database's")
      ->check(CLI::IsMember({"fail", "warn"}));
  add->callback([&action, text, policy] {
    action = [text, policy](Context& context) {
      return Register(*text, *policy, context);
    };
  });
}

}  // namespace berth::ctl
