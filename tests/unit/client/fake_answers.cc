#include "tests/unit/client/fake_answers.h"

#include <string>

namespace berth::testing {

google::rpc::ErrorInfo Info(const char* reason, const char* outcome,
                            const char* retry) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("berth");
  (*info.mutable_metadata())["outcome"] = outcome;
  (*info.mutable_metadata())["retry"] = retry;
  return info;
}

google::rpc::Status Error(grpc::StatusCode code,
                          const google::rpc::ErrorInfo& info) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(info.reason());
  status.add_details()->PackFrom(info);
  return status;
}

grpc::Status ToGrpc(const google::rpc::Status& error) {
  return grpc::Status(static_cast<grpc::StatusCode>(error.code()),
                      error.message(), error.SerializeAsString());
}

google::rpc::Status DuplicateKey() {
  google::rpc::ErrorInfo info = Info("DUPLICATE_KEY", "NOT_DONE", "NEVER");
  auto& metadata = *info.mutable_metadata();
  metadata["errno"] = "1062";
  metadata["sqlstate"] = "23000";
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field("insert.rows[0]");
  violation->set_description("the key exists");
  google::rpc::Status status;
  status.set_code(grpc::StatusCode::ALREADY_EXISTS);
  status.set_message("Duplicate entry 'x' for key 'PRIMARY'");
  status.add_details()->PackFrom(info);
  status.add_details()->PackFrom(bad);
  return status;
}

namespace {

void AddColumn(v1::ResultChunk* chunk, const char* name, v1::ColumnType type) {
  v1::Column* column = chunk->add_columns();
  column->set_name(name);
  column->set_table("users");
  column->set_type(type);
}

}  // namespace

v1::ResultChunk FirstUser() {
  v1::ResultChunk chunk;
  AddColumn(&chunk, "id", v1::COLUMN_TYPE_BIGINT);
  AddColumn(&chunk, "name", v1::COLUMN_TYPE_VARCHAR);
  v1::Row* row = chunk.mutable_rows()->add_rows();
  row->add_values()->set_int_value(1);
  row->add_values()->set_text("Alice");
  return chunk;
}

v1::ResultChunk SecondUser() {
  v1::ResultChunk chunk;
  v1::Row* row = chunk.mutable_rows()->add_rows();
  row->add_values()->set_int_value(2);
  row->add_values()->set_null_value(google::protobuf::NULL_VALUE);
  chunk.mutable_end()->set_row_count(2);
  return chunk;
}

std::vector<v1::ResultChunk> CutUsers() {
  std::vector<v1::ResultChunk> chunks = {FirstUser(), v1::ResultChunk(),
                                         SecondUser()};
  chunks[1].mutable_rows()->add_rows()->add_values()->set_text(" B");
  v1::Rows last;
  last.add_rows()->add_values()->set_text(".");
  last.mutable_rows(0)->add_values()->set_json("{}");
  last.MergeFrom(chunks[2].rows());
  *chunks[2].mutable_rows() = last;
  AddColumn(&chunks[0], "extra", v1::COLUMN_TYPE_JSON);
  chunks[0].set_last_cell_continues(true);
  chunks[1].set_last_cell_continues(true);
  return chunks;
}

v1::ResultChunk Echo(const v1::SelectSpec& select) {
  v1::ResultChunk chunk;
  v1::Row* row = chunk.mutable_rows()->add_rows();
  for (const v1::Value& value : select.filter().parameters()) {
    std::string name = "p" + std::to_string(chunk.columns_size() + 1);
    AddColumn(&chunk, name.c_str(), v1::COLUMN_TYPE_UNSPECIFIED);
    v1::Value* cell = row->add_values();
    if (value.has_default_value()) {
      cell->set_text("DEFAULT");
    } else if (value.has_list()) {
      cell->set_text("list of " + std::to_string(value.list().values_size()));
    } else {
      *cell = value;
    }
  }
  chunk.mutable_end()->set_row_count(1);
  return chunk;
}

}  // namespace berth::testing
