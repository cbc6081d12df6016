// Registers a table, writes in a transaction and reads the rows back.
//
//   berth_quickstart [endpoint]
#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/client/client.h"

namespace v1 = berth::v1;
using berth::client::Client;
using berth::client::Session;
using berth::client::ToValue;

absl::Status RegisterTable(const Client& client) {
  v1::RegisterRequest request;
  v1::TableDefinition* table = request.add_tables();
  table->set_name("quickstart");
  for (auto [name, definition] :
       {std::pair("id", "int not null auto_increment primary key"),
        std::pair("name", "varchar(100) not null")}) {
    v1::TableElement* element = table->add_elements();
    element->set_name(name);
    element->set_definition(definition);
  }
  return client.Register(request).status();
}

absl::Status InsertInTransaction(Session& session) {
  if (absl::Status begun = session.Begin(); !begun.ok()) return begun;
  v1::InsertSpec insert;
  insert.set_table("quickstart");
  insert.add_columns("name");
  for (const char* name : {"Alice", "Bob"}) {
    *insert.add_rows()->add_values() = ToValue(name);
  }
  absl::StatusOr<v1::WriteResult> written = session.Insert(insert);
  if (!written.ok()) return written.status();
  return session.Commit();
}

absl::Status PrintRows(Session& session) {
  v1::SelectSpec select;
  select.set_table("quickstart");
  select.mutable_filter()->set_where("name <> ?");
  *select.mutable_filter()->add_parameters() = ToValue("Mallory");
  absl::StatusOr<v1::ResultChunk> result = session.Select(select);
  if (!result.ok()) return result.status();
  for (const v1::Row& row : result->rows().rows()) {
    for (int i = 0; i < row.values_size(); ++i) {
      std::cout << (i == 0 ? "" : "  ") << result->columns(i).name() << " = "
                << berth::client::ToString(row.values(i));
    }
    std::cout << "\n";
  }
  return absl::OkStatus();
}

absl::Status Run(const std::string& endpoint) {
  absl::StatusOr<Client> client = Client::Connect(endpoint);
  if (!client.ok()) return client.status();
  if (absl::Status done = RegisterTable(*client); !done.ok()) return done;
  absl::StatusOr<Session> session = client->OpenSession();
  if (!session.ok()) return session.status();
  absl::Status done = InsertInTransaction(*session);
  if (done.ok()) done = PrintRows(*session);
  if (!done.ok()) return done;  // the destructor rolls back
  return session->End();
}

int main(int argc, char** argv) {
  absl::Status status = Run(argc > 1 ? argv[1] : "127.0.0.1:7390");
  if (!status.ok()) {
    std::cerr << berth::client::ReasonOf(status) << ": " << status.message()
              << "\n";
    return 1;
  }
  return 0;
}
