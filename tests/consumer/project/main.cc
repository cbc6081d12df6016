// A program of somebody else's: consumer ENDPOINT. Prints the reason of the
// error, which is SERVICE_UNREACHABLE where nobody listens.
#include <berth/client/client.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  berth::client::Options options;
  options.retry_policy =
      std::make_shared<berth::client::LimitedAttemptsRetryPolicy>(2);
  auto client = berth::client::Client::Connect(argv[1], options);
  if (!client.ok()) return 2;
  berth::v1::SelectSpec select;
  select.set_table("users");
  *select.mutable_filter()->add_parameters() = berth::client::ToValue(18);
  absl::Status selected = client->Select(select).status();
  absl::Status run = client->RunTransaction(
      [](berth::client::Session& session) { return session.Ping(); });
  std::cout << berth::client::ReasonOf(selected) << " "
            << berth::client::ReasonOf(run) << "\n";
  return 0;
}
