// Copies the rows of a table into another one with the same columns, however
// many they are: all or none, in flat memory.
//
//   berth_copy_table ENDPOINT FROM TO
#include <iostream>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/client/client.h"

namespace v1 = berth::v1;
using berth::client::BulkProgress;
using berth::client::BulkWriter;
using berth::client::Client;
using berth::client::RowStream;

absl::StatusOr<BulkProgress> Copy(const Client& client, const char* from,
                                  const char* to) {
  v1::SelectSpec select;
  select.set_table(from);
  absl::StatusOr<RowStream> rows = client.SelectStream(select);
  if (!rows.ok()) return rows.status();
  v1::BulkInsertHeader header;
  header.set_table(to);
  for (const v1::Column& column : rows->columns()) {
    header.add_columns(column.name());
  }
  absl::StatusOr<BulkWriter> copy = client.BulkInsert(header);
  if (!copy.ok()) return copy.status();
  while (const v1::Row* row = rows->Next()) {
    if (absl::Status added = copy->Add(*row); !added.ok()) return added;
  }
  // Without Finish, as after this return, nothing is stored.
  if (!rows->status().ok()) return rows->status();
  return copy->Finish();
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  absl::StatusOr<Client> client = Client::Connect(argv[1]);
  absl::StatusOr<BulkProgress> copied =
      client.ok() ? Copy(*client, argv[2], argv[3]) : client.status();
  if (!copied.ok()) {
    std::cerr << berth::client::ReasonOf(copied.status()) << ": "
              << copied.status().message() << "\n";
    return 1;
  }
  std::cout << copied->committed_rows << " rows\n";
}
