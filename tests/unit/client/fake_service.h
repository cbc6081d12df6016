// A service with canned answers, for tests of the clients.
#ifndef BERTH_TESTS_UNIT_CLIENT_FAKE_SERVICE_H_
#define BERTH_TESTS_UNIT_CLIENT_FAKE_SERVICE_H_

#include <grpcpp/server.h>
#include <grpcpp/support/sync_stream.h>

#include <atomic>
#include <memory>
#include <string>

#include "berth/v1/bulk.pb.h"
#include "berth/v1/database.pb.h"
#include "berth/v1/schema.pb.h"
#include "berth/v1/session.pb.h"
#include "berth/v1/transaction.pb.h"

namespace berth::testing {

// Answers by what the request names:
//   select from `users`      two chunks with the rows (1, Alice), (2, NULL)
//   select from `echo`       the parameters of the filter, as columns p1, p2, …
//   insert into `taken`      DUPLICATE_KEY with errno and sqlstate
//   insert, update, delete   affected 1, the id 7
//   execute `CALL`           two results and an end
//   execute `HANG`, select from or insert into `hang`
//                            nothing, until the caller gives up
//   execute `DROP`, insert into `drop`
//                            ends the stream with UNAVAILABLE
//   select from or insert into `busy`
//                            POOL_WAIT, in 300 ms again, while `failures` last
//   select from or insert into `away`
//                            UNAVAILABLE without details, while they last
//   select from or insert into `doubt`
//                            OUTCOME_UNKNOWN, while they last
//   execute `DEADLOCK`       DEADLOCK, which rolls back, while they last
//   prepare                  handle 5, with two parameters and a column
//   execute with `cursor`    cursor 6, from which `fetch` reads the two rows
//   anything else            done
// and the other calls:
//   SelectStream from `users`, `cut`, `busy`, `away`, `hang`
//                            as above
//   … from `endless`         rows, until the caller leaves
//   … from `torn`, `taken`   a row, then UNAVAILABLE; DUPLICATE_KEY
//   ExecuteStream `CALL`, `DROP`, anything else
//                            as above
//   BulkInsert               an answer for each batch, and one for the commit
//   … into `taken`           DUPLICATE_KEY for row 2 with the second batch
//   … into `drop`            UNAVAILABLE with the second batch
//   … into `drop_end`        UNAVAILABLE when the last batch was sent
//   … into `hang`            no answer
//   Transaction with a first step into `lost`, `deadlock`, `doubt`
//                            TRANSACTION_LOST, …, while `failures` last
class FakeService : public grpc::Service {
 public:
  FakeService();
  ~FakeService() override;

  // Listens on `port`, 0: a free one.
  void Start(int port = 0);
  void Stop();

  std::string endpoint() const;

  // What one of the counters below comes to within two seconds, `value` hoped
  // for.
  static int Await(const std::atomic<int>& counter, int value);

  // How often further what can fail does.
  std::atomic<int> failures{0};
  // Whether COMMIT ends the stream unanswered, and whether `end` fails.
  std::atomic<bool> lose_commit{false};
  std::atomic<bool> fail_end{false};
  // Whether `open` and `end` are answered only when the next request has come.
  std::atomic<bool> answer_late{false};

  // What the health service says.
  std::atomic<bool> serving{true};

  // Selects and inserts so far.
  std::atomic<int> calls{0};
  // Streams that began so far.
  std::atomic<int> streams{0};
  // Sessions that were opened so far.
  std::atomic<int> sessions{0};
  // Rows of bulk inserts so far, and of those that were committed.
  std::atomic<int> bulk_rows{0};
  std::atomic<int> committed_rows{0};
  // Streams that ended because the caller cancelled.
  std::atomic<int> cancelled{0};

 private:
  using Stream =
      grpc::ServerReaderWriter<v1::SessionResponse, v1::SessionRequest>;

  // What is answered with the next request, see `answer_late`.
  struct Late {
    bool set = false;
    v1::SessionResponse response;
  };

  // The methods that stream, but for sessions.
  void AddStreams();
  grpc::Status SelectStream(grpc::ServerContext* context,
                            const v1::SelectRequest& request,
                            grpc::ServerWriter<v1::SelectChunk>* stream);
  grpc::Status BulkInsert(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::BulkInsertResponse, v1::BulkInsertRequest>*
          stream);
  // Waits until the caller leaves.
  void Hang(grpc::ServerContext* context);

  // The error of a unary call for `table`, as its name asks.
  grpc::Status UnaryFailure(const std::string& table);
  grpc::Status Session(grpc::ServerContext* context, Stream* stream);
  // Answers one request; false ends the stream.
  bool Answer(const v1::SessionRequest& request, v1::SessionState& state,
              Late& late, grpc::ServerContext* context, Stream* stream);

  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace berth::testing

#endif  // BERTH_TESTS_UNIT_CLIENT_FAKE_SERVICE_H_
