// Streams and bulk inserts of many rows through the C++ client.
//
//   bench_many_rows_client --target HOST:PORT --table T --rows N read|insert
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <utility>

#include "berth/client/client.h"
#include "tests/benchmark/many_rows.h"

namespace berth::benchmark {
namespace {

using client::BulkWriter;
using client::Client;
using client::RowStream;

constexpr const char* kColumns[] = {"id", "k", "c", "pad"};

absl::Status Read(const Client& client, const std::string& table) {
  v1::SelectSpec spec;
  spec.set_table(table);
  for (const char* column : kColumns) spec.add_columns(column);
  ManyRows many;
  absl::StatusOr<RowStream> stream = client.SelectStream(std::move(spec));
  if (!stream.ok()) return stream.status();
  while (const v1::Row* row = stream->Next()) {
    many.Read(row->values(0).int_value(), row->values(1).int_value(),
              row->values(2).text(), row->values(3).text());
  }
  if (stream->status().ok()) many.Print();
  return stream->status();
}

absl::Status Insert(const Client& client, const std::string& table, int rows) {
  v1::BulkInsertHeader header;
  header.set_table(table);
  for (const char* column : kColumns) header.add_columns(column);
  ManyRows many;
  absl::StatusOr<BulkWriter> writer = client.BulkInsert(std::move(header));
  if (!writer.ok()) return writer.status();
  MadeRow made;
  for (int id = 1; id <= rows; ++id) {
    made.Set(id);
    v1::Row row;
    row.mutable_values()->Reserve(4);
    row.add_values()->set_int_value(made.id());
    row.add_values()->set_int_value(made.k());
    row.add_values()->set_text(made.c().data(), made.c().size());
    row.add_values()->set_text(made.pad().data(), made.pad().size());
    if (absl::Status added = writer->Add(std::move(row)); !added.ok()) {
      return added;
    }
  }
  auto done = writer->Finish();
  if (!done.ok()) return done.status();
  many.Wrote(static_cast<int64_t>(done->committed_rows));
  many.Print();
  return absl::OkStatus();
}

}  // namespace
}  // namespace berth::benchmark

int main(int argc, char** argv) {
  std::string target;
  std::string table = "sbtest";
  std::string what;
  int rows = 0;
  CLI::App app("The client of many rows of the benchmark suite.");
  app.add_option("--target", target)->required();
  app.add_option("--table", table);
  app.add_option("--rows", rows, "How many to insert.");
  app.add_option("what", what)
      ->required()
      ->check(CLI::IsMember({"read", "insert"}));
  CLI11_PARSE(app, argc, argv);
  auto client = berth::client::Client::Connect(target);
  absl::Status status = client.status();
  if (status.ok()) status = client->CheckHealth();  // connected from here on
  if (status.ok()) {
    status = what == "read" ? berth::benchmark::Read(*client, table)
                            : berth::benchmark::Insert(*client, table, rows);
  }
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
