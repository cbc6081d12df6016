// Where and how berthctl prints.
#ifndef BERTH_CLIENT_CTL_OUTPUT_H_
#define BERTH_CLIENT_CTL_OUTPUT_H_

#include <google/protobuf/message.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "berth/client/row_stream.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/value.pb.h"

namespace berth::ctl {

enum class Format {
  // For people.
  kTable,
  // One document, several lines.
  kJson,
  // One object a line.
  kNdjson,
};

// Prints what commands answer.
class Output {
 public:
  Output(Format format, std::ostream& out) : format_(format), out_(out) {}

  Format format() const { return format_; }

  // The rows of a result, or what a statement without rows did.
  void Result(const v1::ResultChunk& result);

  // Several results; as JSON an array of them, unless it is one.
  void Results(const std::vector<v1::ResultChunk>& results);

  // The rest of the stream, all its results: `ndjson` as it comes, `table` in
  // blocks of rows, `json`, being one document, when all of it is there. The
  // status of the stream.
  absl::Status Stream(client::RowStream& stream);

  // What a write did; `verb` says it in a sentence, such as `inserted`.
  void Write(const v1::WriteResult& write, const std::string& verb);

  // Named facts: a table of two columns, or an object.
  void Facts(const std::vector<std::pair<std::string, v1::Value>>& facts);

  // The message as JSON, or the table in its place.
  void Message(const google::protobuf::Message& message,
               const v1::ResultChunk& table);

 private:
  void StreamLines(client::RowStream& stream);
  void StreamTables(client::RowStream& stream);

  const Format format_;
  std::ostream& out_;
};

}  // namespace berth::ctl

#endif  // BERTH_CLIENT_CTL_OUTPUT_H_
