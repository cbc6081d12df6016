#include "client/ctl/output.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "berth/client/mocks/mock_connection.h"
#include "berth/client/value.h"

namespace berth::ctl {
namespace {

using client::ToValue;
using client::mocks::MakeResult;
using client::mocks::MakeWrite;

template <typename F>
std::string Printed(Format format, F print) {
  std::ostringstream out;
  Output output(format, out);
  print(output);
  return out.str();
}

v1::ResultChunk TwoRows() {
  return MakeResult({"id"}, {{ToValue(1)}, {ToValue(2)}});
}

v1::ResultChunk AWrite() {
  v1::ResultChunk result;
  *result.mutable_end()->mutable_write() = MakeWrite(1);
  return result;
}

TEST(OutputTest, ResultInEachFormat) {
  auto print = [](Output& output) { output.Result(TwoRows()); };
  EXPECT_EQ(Printed(Format::kTable, print), " id\n----\n  1\n  2\n(2 rows)\n");
  EXPECT_EQ(Printed(Format::kJson, print),
            "[\n  {\"id\": 1},\n  {\"id\": 2}\n]\n");
  EXPECT_EQ(Printed(Format::kNdjson, print), "{\"id\": 1}\n{\"id\": 2}\n");
}

TEST(OutputTest, NoRowsAreAnEmptyArray) {
  auto print = [](Output& output) { output.Result(MakeResult({"id"}, {})); };
  EXPECT_EQ(Printed(Format::kJson, print), "[]\n");
  EXPECT_EQ(Printed(Format::kNdjson, print), "");
}

TEST(OutputTest, SeveralResultsAreOneDocument) {
  auto print = [](Output& output) {
    output.Results({MakeResult({"id"}, {}), AWrite()});
  };
  EXPECT_EQ(Printed(Format::kJson, print), "[[], {\"affected_rows\": 1}]\n");
}

// Prints a stream and expects it to succeed.
std::string PrintedStream(Format format,
                          std::vector<v1::ResultChunk> messages) {
  return Printed(format, [&](Output& output) {
    client::RowStream stream = client::mocks::MakeStream(std::move(messages));
    EXPECT_TRUE(output.Stream(stream).ok());
  });
}

TEST(OutputTest, StreamLooksLikeAResult) {
  EXPECT_EQ(PrintedStream(Format::kTable, {TwoRows()}),
            " id\n----\n  1\n  2\n(2 rows)\n");
  EXPECT_EQ(PrintedStream(Format::kJson, {TwoRows()}),
            "[\n  {\"id\": 1},\n  {\"id\": 2}\n]\n");
  EXPECT_EQ(PrintedStream(Format::kNdjson, {TwoRows()}),
            "{\"id\": 1}\n{\"id\": 2}\n");
}

TEST(OutputTest, StreamOfSeveralResults) {
  v1::ResultChunk write = AWrite();
  write.set_result_index(1);
  EXPECT_EQ(PrintedStream(Format::kNdjson, {TwoRows(), write}),
            "{\"id\": 1}\n{\"id\": 2}\n{\"affected_rows\": 1}\n");
  EXPECT_EQ(PrintedStream(Format::kTable, {TwoRows(), write}),
            " id\n----\n  1\n  2\n(2 rows)\n1 row affected\n");
}

TEST(OutputTest, StreamOfManyRowsIsSeveralTables) {
  v1::ResultChunk many = MakeResult({"id"}, {});
  for (int i = 0; i < 10'001; ++i) {
    *many.mutable_rows()->add_rows()->add_values() = ToValue(7);
  }
  many.mutable_end()->set_row_count(10'001);
  const std::string text = PrintedStream(Format::kTable, {many});
  const std::string end = "  7\n\n id\n----\n  7\n(10001 rows)\n";
  ASSERT_GT(text.size(), end.size());
  EXPECT_EQ(text.substr(text.size() - end.size()), end);
}

TEST(OutputTest, StreamThatFailsShowsItsRowsAndNoCount) {
  v1::ResultChunk rows = TwoRows();
  rows.clear_end();
  EXPECT_EQ(Printed(Format::kTable,
                    [&](Output& output) {
                      client::RowStream stream = client::mocks::MakeStream(
                          {rows}, absl::UnavailableError("torn"));
                      EXPECT_TRUE(absl::IsUnavailable(output.Stream(stream)));
                    }),
            " id\n----\n  1\n  2\n");
}

TEST(OutputTest, WriteIsASentence) {
  auto print = [](Output& output) {
    output.Write(MakeWrite(2, {7, 8}), "inserted");
  };
  EXPECT_EQ(Printed(Format::kTable, print),
            "2 rows inserted, generated 7, 8\n");
}

TEST(OutputTest, ReturnedRowsGoBeforeACountThatMariaDbDoesNotGive) {
  v1::WriteResult write = MakeWrite(0);
  *write.mutable_returned() = MakeResult({"id"}, {{ToValue(1)}});
  auto print = [&](Output& output) { output.Write(write, "inserted"); };
  EXPECT_EQ(Printed(Format::kTable, print), " id\n----\n  1\n(1 row)\n");
}

TEST(OutputTest, FactsAreAListOrAnObject) {
  auto print = [](Output& output) {
    output.Facts({{"open", ToValue(2)}, {"max_size", ToValue(32)}});
  };
  EXPECT_EQ(Printed(Format::kTable, print), "open      2\nmax_size  32\n");
  EXPECT_EQ(Printed(Format::kJson, print), "{\"open\": 2, \"max_size\": 32}\n");
}

}  // namespace
}  // namespace berth::ctl
